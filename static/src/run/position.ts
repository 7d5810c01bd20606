/** What the reader looks at, as an address: `?step=1.0&attempt=2#L120-L130`. Pure. */

import type { StepId } from "./execution";

/** Lines by number, from 1, both ends included. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

export interface Position {
  readonly step: StepId | null;
  readonly attempt: number | null;
  readonly lines: LineRange | null;
}

const STEP = /^(\d{1,4})\.(\d{1,4})$/;
const LINES = /^#L(\d{1,9})(?:-L?(\d{1,9}))?$/;

export function parseLines(hash: string): LineRange | null {
  const match = LINES.exec(hash);
  if (match === null) return null;
  const from = Number(match[1]);
  const to = match[2] === undefined ? from : Number(match[2]);
  if (from === 0 || to === 0) return null;
  return { first: Math.min(from, to), last: Math.max(from, to) };
}

export function formatLines(lines: LineRange): string {
  return lines.first === lines.last ? `#L${lines.first}` : `#L${lines.first}-L${lines.last}`;
}

/** The step in `?step=1.0`, or in its longer form `?stage=1&step=0`. */
function parseStep(query: URLSearchParams): StepId | null {
  const step = query.get("step") ?? "";
  const stage = query.get("stage");
  const match = STEP.exec(stage === null ? step : `${stage}.${step || "0"}`);
  return match === null ? null : { stage: Number(match[1]), step: Number(match[2]) };
}

export function parsePosition(search: string, hash: string): Position {
  const query = new URLSearchParams(search);
  const attempt = /^[1-9]\d{0,8}$/.exec(query.get("attempt") ?? "");
  return {
    step: parseStep(query),
    attempt: attempt === null ? null : Number(attempt[0]),
    lines: parseLines(hash),
  };
}

/** The address of `position`; other parts of the query in `search` are kept. */
export function formatPosition(position: Position, search: string): string {
  const query = new URLSearchParams(search);
  for (const key of ["stage", "step", "attempt"]) query.delete(key);
  if (position.step !== null) query.set("step", `${position.step.stage}.${position.step.step}`);
  if (position.attempt !== null) query.set("attempt", String(position.attempt));
  const text = query.toString();
  return (text && `?${text}`) + (position.lines === null ? "" : formatLines(position.lines));
}
