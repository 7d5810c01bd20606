/** The frames of the live protocol (docs/live.md). Pure. */

import type { TimeEntry } from "../log/times";
import type { Execution } from "../run/execution";

export interface LogFrame {
  readonly log: string;
  readonly offset: number;
  readonly sealed: boolean;
  readonly times: readonly TimeEntry[];
  readonly bytes: Uint8Array;
}

const LF = 10;
const decoder = new TextDecoder();

/** A binary frame: one line of JSON, a line feed, bytes. Null when it is not one. */
export function parseLogFrame(data: ArrayBuffer): LogFrame | null {
  const all = new Uint8Array(data);
  const feed = all.indexOf(LF);
  if (feed === -1) return null;
  const head = parseObject(decoder.decode(all.subarray(0, feed)));
  if (head === null || typeof head["log"] !== "string" || typeof head["offset"] !== "number") return null;
  return {
    log: head["log"],
    offset: head["offset"],
    sealed: head["sealed"] === true,
    times: Array.isArray(head["times"]) ? (head["times"] as TimeEntry[]) : [],
    bytes: all.subarray(feed + 1),
  };
}

export interface StateFrame {
  readonly version: number;
  readonly execution: Execution;
}

/** A text frame with the state of the run; null for every other kind. */
export function parseStateFrame(data: string): StateFrame | null {
  const frame = parseObject(data);
  if (frame === null || frame["type"] !== "execution" || typeof frame["version"] !== "number") return null;
  return { version: frame["version"], execution: frame["execution"] as Execution };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
