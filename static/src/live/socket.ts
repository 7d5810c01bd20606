/**
 * The live connection of a run. It knows, for each log, how many bytes the reader has: what overlaps is trimmed,
 * what leaves a gap is asked for again, and a new connection goes on from there. So a log is whole or still coming.
 */

import type { TimeEntry } from "../log/times";
import { parseLogFrame, parseStateFrame, type LogFrame, type StateFrame } from "./frames";

export type Connection = "connecting" | "open" | "lost" | "refused";

/** The part of WebSocket that is used, so that tests bring their own. */
export interface Wire {
  binaryType: BinaryType;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: string): void;
  close(): void;
}

export interface Listener {
  state(frame: StateFrame): void;
  bytes(log: string, bytes: Uint8Array): void;
  times(log: string, times: readonly TimeEntry[]): void;
  sealed(log: string): void;
  connection(now: Connection): void;
}

export interface Surroundings {
  connect(): Wire;
  later(run: () => void, ms: number): unknown;
  cancel(timer: unknown): void;
  random(): number;
}

interface Followed {
  position: number;
  sealed: boolean;
  gap: number; // the position at which a gap was last reported; -1 for none
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const REFUSALS = new Set([4401, 4403]);

/** Milliseconds before the next try: doubled each time, up to 15 s, less up to a half at random. */
export function backOff(tries: number, random: number): number {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(tries, 10)) * (1 - random / 2);
}

export class LiveSocket {
  private wire: Wire | null = null;
  private open = false;
  private tries = 0;
  private timer: unknown = null;
  private ended = false;
  private version = -1;
  private readonly logs = new Map<string, Followed>();

  constructor(
    private readonly listener: Listener,
    private readonly around: Surroundings,
  ) {}

  start(version = -1): void {
    this.version = Math.max(this.version, version);
    this.connect();
  }

  /** Close for good. */
  stop(): void {
    this.ended = true;
    this.around.cancel(this.timer);
    this.drop();
  }

  /** Do not wait out the back-off. */
  retryNow(): void {
    if (this.ended || this.wire !== null) return;
    this.around.cancel(this.timer);
    this.connect();
  }

  /** Have the log from `position` on: everything so far, then live. */
  follow(log: string, position: number): void {
    const followed = { position, sealed: false, gap: -1 };
    this.logs.set(log, followed);
    if (this.open) this.ask(log, followed);
  }

  unfollow(log: string): void {
    if (!this.logs.delete(log) || !this.open) return;
    this.wire?.send(JSON.stringify({ type: "unfollow", log }));
  }

  private connect(): void {
    const wire = this.around.connect();
    this.wire = wire;
    this.listener.connection("connecting");
    wire.binaryType = "arraybuffer";
    wire.onopen = () => this.opened();
    wire.onmessage = ({ data }) => this.received(data);
    wire.onclose = ({ code }) => this.closed(code);
  }

  private drop(): void {
    const wire = this.wire;
    this.wire = null;
    this.open = false;
    if (wire === null) return;
    wire.onopen = wire.onmessage = wire.onclose = null;
    wire.close();
  }

  private opened(): void {
    this.open = true;
    this.listener.connection("open");
    for (const [log, followed] of this.logs) {
      followed.gap = -1;
      if (!followed.sealed) this.ask(log, followed);
    }
  }

  private closed(code: number): void {
    this.wire = null;
    this.open = false;
    if (REFUSALS.has(code)) {
      this.ended = true;
      this.listener.connection("refused");
      return;
    }
    this.listener.connection("lost");
    this.timer = this.around.later(() => this.connect(), backOff(this.tries, this.around.random()));
    this.tries += 1;
  }

  private received(data: unknown): void {
    this.tries = 0;
    if (typeof data === "string") {
      const frame = parseStateFrame(data);
      if (frame === null || frame.version <= this.version) return;
      this.version = frame.version;
      this.listener.state(frame);
      return;
    }
    const frame = data instanceof ArrayBuffer ? parseLogFrame(data) : null;
    if (frame !== null) this.receivedLog(frame);
  }

  private receivedLog(frame: LogFrame): void {
    const followed = this.logs.get(frame.log);
    if (followed === undefined || followed.sealed) return;
    if (frame.offset > followed.position) {
      this.askAgain(frame.log, followed);
      return;
    }
    if (frame.times.length > 0) this.listener.times(frame.log, frame.times);
    const fresh = frame.bytes.subarray(followed.position - frame.offset);
    followed.position += fresh.length;
    if (fresh.length > 0) this.listener.bytes(frame.log, fresh);
    if (!frame.sealed) return;
    followed.sealed = true;
    this.listener.sealed(frame.log);
  }

  private ask(log: string, followed: Followed): void {
    this.wire?.send(JSON.stringify({ type: "follow", log, offset: followed.position }));
  }

  /** Ask once for each position: frames that are already on their way show the same gap. */
  private askAgain(log: string, followed: Followed): void {
    if (followed.gap === followed.position) return;
    followed.gap = followed.position;
    this.ask(log, followed);
  }
}
