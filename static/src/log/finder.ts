/** Looks for text and for the first error in the background, a few milliseconds at a time. */

import { firstError } from "./errors";
import { BLOCK, nextHit, Search, type Hit, type Lines } from "./search";

const SLICE = 12; // ms, most of a frame

export class Finder {
  hits: readonly Hit[] = [];
  current = -1; // index in hits
  error = -1; // line of the first error, -1 while none is known
  ended = false; // the last line is whole, too
  private search: Search | null = null;
  private wantsError = false;
  private scanned = 0; // lines looked at for an error
  private timer: ReturnType<typeof setTimeout> | null = null;
  private waiting: ((line: number) => void) | null = null;
  private from = 0;

  constructor(
    private readonly lines: Lines,
    private readonly changed: () => void,
  ) {}

  get needle(): string {
    return this.search?.needle ?? "";
  }

  get searching(): boolean {
    return this.search !== null && !this.search.done;
  }

  /** Search anew; the current hit will be the first one at or after the line `from`. */
  find(text: string, from: number): void {
    this.search = text === "" ? null : new Search(this.lines, text);
    this.hits = [];
    this.current = -1;
    this.from = from;
    this.pump();
    this.changed();
  }

  step(way: 1 | -1): Hit | null {
    this.current = nextHit(this.hits, this.current, way);
    this.changed();
    return this.hits[this.current] ?? null;
  }

  /** Keep looking for the first error; `found` hears of it, or of -1 when there is none so far. */
  findError(found?: (line: number) => void): void {
    this.wantsError = true;
    this.waiting = found ?? this.waiting;
    this.pump();
  }

  /** There are more lines. */
  grown(): void {
    if (this.timer === null) this.pump();
  }

  /** There will be no more lines. */
  end(): void {
    this.ended = true;
    this.grown();
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private pump(): void {
    this.stop();
    const deadline = performance.now() + SLICE;
    const late = (): boolean => performance.now() > deadline;
    this.advanceSearch(late);
    this.advanceError(late);
    if (this.searching || this.seeksError) this.timer = setTimeout(() => this.pump(), 0);
  }

  private get seeksError(): boolean {
    return this.wantsError && this.error === -1 && this.scanned < this.wholeLines;
  }

  private get wholeLines(): number {
    return this.ended ? this.lines.count : this.lines.count - 1;
  }

  private advanceSearch(late: () => boolean): void {
    if (this.search === null) return;
    const before = this.hits.length;
    this.search.advance(late);
    this.hits = this.search.all();
    if (this.current === -1) this.current = this.hits.findIndex((hit) => hit.line >= this.from);
    if (this.current === -1 && this.search.done && this.hits.length > 0) this.current = 0;
    if (this.hits.length !== before || this.search.done) this.changed();
  }

  private advanceError(late: () => boolean): void {
    while (this.seeksError && !late()) {
      const to = Math.min(this.scanned + BLOCK, this.wholeLines);
      this.error = firstError(this.lines, this.scanned, to);
      this.scanned = to;
      if (this.error !== -1) this.changed();
    }
    if (this.seeksError || this.waiting === null || !this.wantsError) return;
    const found = this.waiting;
    this.waiting = null;
    found(this.error);
  }
}
