/** The logs a reader has opened: their bytes as lines, kept for a while so that going back is instant. Pure. */

import { LineBuffer } from "../log/buffer";
import { Times, type TimeEntry } from "../log/times";

export interface OpenLog {
  readonly id: string;
  readonly buffer: LineBuffer;
  readonly times: Times;
  position: number; // bytes so far
  sealed: boolean;
}

const MOST = 6;

export class OpenLogs {
  private readonly logs = new Map<string, OpenLog>();

  /** The log, now the last to go. */
  open(id: string): OpenLog {
    const log = this.logs.get(id) ?? { id, buffer: new LineBuffer(), times: new Times(), position: 0, sealed: false };
    this.logs.delete(id);
    this.logs.set(id, log);
    const oldest = this.logs.keys().next().value;
    if (this.logs.size > MOST && oldest !== undefined) this.logs.delete(oldest);
    return log;
  }

  append(id: string, bytes: Uint8Array): void {
    const log = this.logs.get(id);
    if (log === undefined) return;
    log.buffer.append(bytes);
    log.position += bytes.length;
  }

  time(id: string, times: readonly TimeEntry[]): void {
    this.logs.get(id)?.times.add(times);
  }

  seal(id: string): void {
    const log = this.logs.get(id);
    if (log !== undefined) log.sealed = true;
  }
}
