/** The live protocol, played in the page: a wire that answers as docs/live.md says. */

import type { Wire } from "../live/socket";
import { plain } from "../log/ansi";
import { EXECUTION, logText } from "./sample";

const encoder = new TextEncoder();
const PIECE = 64 * 1024;
const BEGAN = Date.now() - 41_000;

/** A time for the first lines of a piece, as if each byte took a millisecond. */
function timesOf(piece: Uint8Array, at: number): number[][] {
  const times = [[at, BEGAN + at]];
  for (let feed = piece.indexOf(10); feed !== -1 && times.length < 100; feed = piece.indexOf(10, feed + 1)) {
    times.push([at + feed + 1, BEGAN + at + feed + 1]);
  }
  return times;
}

export class PlayedWire implements Wire {
  binaryType: BinaryType = "arraybuffer";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(private readonly live: boolean) {
    setTimeout(() => {
      this.onopen?.();
      this.onmessage?.({ data: JSON.stringify({ type: "execution", version: 17, execution: EXECUTION }) });
    });
  }

  send(data: string): void {
    const frame = JSON.parse(data) as { type: string; log: string; offset: number };
    if (frame.type === "follow") void this.play(frame.log, frame.offset);
  }

  close(): void {
    this.onmessage = null;
  }

  private async play(log: string, offset: number): Promise<void> {
    let at = offset;
    for (const text of logText(log)) {
      const bytes = encoder.encode(text);
      for (let from = 0; from < bytes.length; from += PIECE) {
        const piece = bytes.subarray(from, from + PIECE);
        this.frame({ log, offset: at, times: timesOf(piece, at) }, piece);
        at += piece.length;
      }
      await new Promise((resolve) => setTimeout(resolve));
    }
    if (log.endsWith("/3.1")) return void (this.live && this.tick(log, at, 0));
    this.frame({ log, offset: at, sealed: true }, new Uint8Array());
  }

  private tick(log: string, at: number, count: number): void {
    const bytes = encoder.encode(`  \x1b[32m✓\x1b[0m live line ${count}\n`);
    this.frame({ log, offset: at, times: [[at, Date.now()]] }, bytes);
    setTimeout(() => this.tick(log, at + bytes.length, count + 1), 250);
  }

  private frame(head: object, bytes: Uint8Array): void {
    const line = encoder.encode(`${JSON.stringify(head)}\n`);
    const data = new Uint8Array(line.length + bytes.length);
    data.set(line);
    data.set(bytes, line.length);
    this.onmessage?.({ data: data.buffer });
  }
}

const STEPS = ["3.1", "1.1", "1.2"];

/** The parts of the API that the run page asks for by itself. */
export function answer(input: RequestInfo | URL): Promise<Response> {
  const url = new URL(String(input), location.href);
  if (url.pathname.endsWith("/facts")) {
    return Promise.resolve(Response.json({ size: 1, lines: 1, firstError: { line: 1, offset: 0, text: "2 errors in capture.ts" } }));
  }
  const text = (url.searchParams.get("q") ?? "").toLowerCase();
  const steps = STEPS.map((step) => {
    const { stage, step: place } = { stage: Number(step[0]), step: Number(step[2]) };
    const log = `${EXECUTION.status.stages![stage]!.steps![place]!.attempt}/${step}`;
    const plan = EXECUTION.plan!.stages[stage]!;
    let count = 0;
    for (const part of logText(log)) count += plain(part).toLowerCase().split(text).length - 1;
    return { log, step, stage: plan.name, name: plan.steps[place]!.name, count };
  }).filter(({ count }) => count > 0);
  const order = steps.sort((a, b) => (a.step < b.step ? -1 : 1));
  return Promise.resolve(Response.json({ total: steps.reduce((sum, { count }) => sum + count, 0), steps: order, matches: [], next: null }));
}
