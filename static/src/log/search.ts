/** Search over the lines of a log, in slices, so that a million lines never hold up the page. Pure. */

import { plain } from "./ansi";

export interface Lines {
  readonly count: number;
  raw(line: number): string;
  /** At most `most` lines at once, joined by line feeds, and the line after them. */
  block(from: number, most: number): { text: string; next: number };
}

export const BLOCK = 512; // lines looked through before asking for the time

export interface Hit {
  readonly line: number; // from 0
  readonly start: number; // in the plain text
}

export const MOST_HITS = 10_000;

/** Places of `needle` in `text`, without regard to case. */
export function places(text: string, needle: string): number[] {
  if (needle === "") return [];
  const found: number[] = [];
  const low = text.toLowerCase();
  for (let at = low.indexOf(needle); at !== -1; at = low.indexOf(needle, at + needle.length)) found.push(at);
  return found;
}

/** A search that goes on where it stopped, also into lines that came since. */
export class Search {
  readonly hits: Hit[] = [];
  readonly needle: string;
  private next = 0;

  constructor(
    private readonly lines: Lines,
    text: string,
  ) {
    this.needle = text.toLowerCase();
  }

  /** Whether all but the last line, which may still grow, has been looked at. */
  get done(): boolean {
    return this.needle === "" || this.next >= this.lines.count - 1 || this.hits.length >= MOST_HITS;
  }

  /** Look at lines until `enough` says so. */
  advance(enough: () => boolean): void {
    while (!this.done && !enough()) {
      const { text, next } = this.lines.block(this.next, Math.min(BLOCK, this.lines.count - 1 - this.next));
      if (plain(text).toLowerCase().includes(this.needle)) {
        for (let line = this.next; line < next; line += 1) this.hits.push(...this.hitsIn(line));
      }
      this.next = next;
    }
  }

  /** Hits so far, with those of the line that may still grow. */
  all(): readonly Hit[] {
    const last = this.lines.count - 1;
    if (this.needle === "" || last < 0 || this.next < last) return this.hits;
    return [...this.hits, ...this.hitsIn(last)];
  }

  private hitsIn(line: number): Hit[] {
    return places(plain(this.lines.raw(line)), this.needle).map((start) => ({ line, start }));
  }
}

/** The hit after `from` (a line) in the given direction, going round. Answers its index, or -1. */
export function nextHit(hits: readonly Hit[], current: number, way: 1 | -1): number {
  if (hits.length === 0) return -1;
  return (((current === -1 && way === -1 ? 0 : current) + way) % hits.length + hits.length) % hits.length;
}

/** The hits of one line out of all, which are in order. */
export function hitsOf(hits: readonly Hit[], line: number): readonly Hit[] {
  let low = 0;
  let high = hits.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (hits[middle]!.line < line) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (hits[end]?.line === line) end += 1;
  return hits.slice(low, end);
}
