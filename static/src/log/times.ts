/** When lines were written, as far as the platform saw it: entries of docs/live.md, and how a time is shown. Pure. */

export type TimeMode = "clock" | "relative" | "none";
export const MODES: readonly TimeMode[] = ["clock", "relative", "none"];

/** Offset, ms since 1970, and 1 where the bytes were found later than they were written. */
export type TimeEntry = readonly number[];

export class Times {
  private readonly offsets: number[] = [];
  private readonly moments: number[] = [];

  get first(): number | null {
    return this.moments[0] ?? null;
  }

  /** Take entries in order; what is known already is passed over. */
  add(entries: readonly TimeEntry[]): void {
    for (const [offset, moment] of entries) {
      if (offset === undefined || moment === undefined || offset <= (this.offsets.at(-1) ?? -1)) continue;
      this.offsets.push(offset);
      this.moments.push(moment);
    }
  }

  /** When the byte at `offset` was seen, in ms since 1970; null when nobody knows. */
  at(offset: number): number | null {
    let low = 0;
    let high = this.offsets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.offsets[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return this.moments[low - 1] ?? null;
  }
}

const two = (value: number): string => String(value).padStart(2, "0");
const three = (value: number): string => String(value).padStart(3, "0");

/** `14:07:30.118`, in the reader's time zone. */
export function clock(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${three(date.getMilliseconds())}`;
}

/** `1:02.345` since `start`. */
export function since(ms: number, start: number): string {
  const passed = Math.max(0, ms - start);
  const minutes = Math.floor(passed / 60_000);
  const seconds = `${two(Math.floor(passed / 1000) % 60)}.${three(passed % 1000)}`;
  return minutes < 60 ? `${minutes}:${seconds}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${seconds}`;
}

/** The time of a line as the reader wants it; empty when there is none to show. */
export function shownTime(ms: number | null, mode: TimeMode, start: number | null): string {
  if (ms === null || mode === "none") return "";
  return mode === "clock" ? clock(ms) : since(ms, start ?? ms);
}
