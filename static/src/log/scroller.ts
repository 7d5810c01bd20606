/** Which rows of a log are in sight, and following its end. Knows the scrolling element, not what is in it. */

import { contentTop, EvenHeights, MeasuredHeights, ROW, scrollTopFor, TALLEST, type Heights } from "./heights";

const OVERSCAN = 8; // rows above and below what is in sight
const NEAR = 24; // px from the end that count as the end

export interface Window {
  readonly first: number;
  readonly last: number; // exclusive
  readonly y: number; // of the first row, in px of the scrolled element
  readonly height: number;
}

export class Scroller {
  following = true;
  private count = 0;
  private element: HTMLElement | null = null;
  private measured: MeasuredHeights | null = null;
  private even: Heights = new EvenHeights(0);
  private scrollTop = 0;
  private viewport = 600;
  private padding = 0;

  constructor(private readonly estimate: (row: number) => number) {}

  attach(element: HTMLElement): void {
    this.element = element;
    this.resized();
  }

  resized(): void {
    if (this.element === null) return;
    this.viewport = this.element.clientHeight;
    this.padding = parseFloat(getComputedStyle(this.element).paddingBottom) || 0;
    if (this.measured !== null) this.measure(true);
  }

  /** Turn measuring of rows on or off; off means that all are alike. */
  measure(on: boolean): void {
    const kept = this.topRow;
    this.measured = on ? new MeasuredHeights() : null;
    this.grown(this.count);
    if (!this.following) this.reveal(kept, "top");
  }

  grown(count: number): void {
    this.count = count;
    this.even = new EvenHeights(count);
    if (this.measured === null) return;
    while (this.measured.length < count) this.measured.push(this.estimate(this.measured.length));
  }

  /** Rows are others than before; `top` is now the topmost in sight. */
  recount(count: number, top: number): void {
    this.count = count;
    if (this.measured !== null) this.measured = new MeasuredHeights();
    this.grown(count);
    if (!this.following) this.reveal(top, "top");
  }

  get topRow(): number {
    return this.count === 0 ? 0 : this.heights.at(this.top);
  }

  window(): Window {
    const { total } = this.heights;
    if (this.count === 0) return { first: 0, last: 0, y: 0, height: 0 };
    const height = Math.min(total, TALLEST);
    const farthest = Math.max(0, height + this.padding - this.viewport);
    const physical = this.following ? farthest : Math.min(this.scrollTop, farthest);
    const top = contentTop(physical, total, this.viewport);
    const first = Math.max(0, this.heights.at(top) - OVERSCAN);
    const last = Math.min(this.count, this.heights.at(top + this.viewport) + OVERSCAN + 1);
    return { first, last, y: this.heights.top(first) - top + physical, height };
  }

  /** px between the tops of two rows. */
  between(from: number, to: number): number {
    return this.heights.top(to) - this.heights.top(from);
  }

  /** The reader or the browser scrolled. Answers whether following began or ended. */
  scrolled(): boolean {
    if (this.element === null) return false;
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const up = scrollTop < this.scrollTop - 1;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    const before = this.following;
    this.scrollTop = scrollTop;
    if (up && !atEnd) this.following = false;
    else if (atEnd) this.following = true;
    return this.following !== before;
  }

  /** Rows have been drawn: take their heights, keep the row at the top where it is, stay at the end. */
  drawn(rows: Iterable<HTMLElement>): boolean {
    const changed = this.take(rows);
    if (this.following && this.element !== null) {
      this.element.scrollTop = this.element.scrollHeight;
      this.scrollTop = this.element.scrollTop;
    }
    return changed;
  }

  reveal(row: number, where: "top" | "middle"): void {
    this.following = false;
    const lead = where === "top" ? 0 : Math.max(0, this.viewport / 2 - ROW);
    const top = Math.max(0, this.heights.top(row) - lead);
    this.moveTo(scrollTopFor(top, this.heights.total, this.viewport));
  }

  private get heights(): Heights {
    return this.measured ?? this.even;
  }

  private get top(): number {
    return contentTop(this.scrollTop, this.heights.total, this.viewport);
  }

  private take(rows: Iterable<HTMLElement>): boolean {
    if (this.measured === null) return false;
    const topRow = this.topRow;
    let above = 0;
    let changed = false;
    for (const element of rows) {
      const row = Number(element.dataset["row"]);
      const change = this.measured.set(row, element.offsetHeight);
      if (change !== 0) changed = true;
      if (row < topRow) above += change;
    }
    if (above !== 0 && !this.following) this.moveTo(this.scrollTop + above);
    return changed;
  }

  private moveTo(scrollTop: number): void {
    this.scrollTop = scrollTop;
    if (this.element !== null) this.element.scrollTop = scrollTop;
  }
}
