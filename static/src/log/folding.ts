/** Which groups of a log are folded: those that have ended, except what the reader opened or reads. */

import type { LineBuffer } from "./buffer";
import { Folds } from "./groups";
import type { Scroller } from "./scroller";

export class Folding {
  private folds = new Folds();
  private known = 0; // version of the groups that `folds` knows
  private readonly open = new Set<number>(); // first lines of groups that stay open

  constructor(
    private readonly buffer: LineBuffer | null,
    private readonly scroller: Scroller,
  ) {}

  rowOf = (line: number): number => this.folds.rowOf(line);
  lineOf = (row: number): number => this.folds.lineOf(row);

  isOpen(first: number): boolean {
    return !this.folds.hides(first + 1);
  }

  /** There are more lines. While somebody is `reading`, a group that ends stays as it is. */
  grown(reading: boolean): void {
    const { buffer, scroller } = this;
    if (buffer === null || buffer.groups.version === this.known) {
      scroller.grown(this.folds.rows(buffer?.count ?? 0));
      return;
    }
    for (const { first } of reading ? buffer.groups.all : []) if (this.isOpen(first)) this.open.add(first);
    this.refold();
  }

  toggle(first: number): void {
    if (!this.open.delete(first)) this.open.add(first);
    this.refold();
  }

  /** Open what hides a line. */
  uncover(line: number): void {
    if (!this.folds.hides(line)) return;
    for (const { first } of this.buffer?.groups.around(line) ?? []) this.open.add(first);
    this.refold();
  }

  private refold(): void {
    const { buffer, scroller } = this;
    if (buffer === null) return;
    const top = this.folds.lineOf(scroller.topRow);
    this.known = buffer.groups.version;
    this.folds = new Folds(buffer.groups.all, ({ first }) => !this.open.has(first));
    scroller.recount(this.folds.rows(buffer.count), this.folds.rowOf(top));
  }
}
