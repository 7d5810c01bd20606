/** Where rows begin, in px: all alike, or estimated and then measured. Pure. */

export const ROW = 20;

// Firefox draws no element taller than 17.8 million px. Above this the scroll bar is a scale, not a ruler.
export const TALLEST = 15_000_000;

export interface Heights {
  readonly total: number;
  /** Top of a row. */
  top(row: number): number;
  /** The row that covers `y`; the last one when it lies below all. */
  at(y: number): number;
}

export class EvenHeights implements Heights {
  constructor(private readonly count: number) {}

  get total(): number {
    return this.count * ROW;
  }

  top(row: number): number {
    return row * ROW;
  }

  at(y: number): number {
    return Math.max(0, Math.min(this.count - 1, Math.floor(y / ROW)));
  }
}

/** Heights in a Fenwick tree: any row may change, and sums stay logarithmic. */
export class MeasuredHeights implements Heights {
  private sums = new Float64Array(1025);
  private own = new Float64Array(1024);
  private count = 0;

  get length(): number {
    return this.count;
  }

  get total(): number {
    return this.top(this.count);
  }

  push(height: number): void {
    if (this.count === this.own.length) this.grow();
    this.count += 1;
    this.own[this.count - 1] = 0;
    this.add(this.count - 1, height);
  }

  /** Put right the height of a row; answers by how much it changed. */
  set(row: number, height: number): number {
    const change = height - this.own[row]!;
    if (change !== 0) this.add(row, change);
    return change;
  }

  height(row: number): number {
    return this.own[row]!;
  }

  top(row: number): number {
    let sum = 0;
    for (let place = row; place > 0; place -= place & -place) sum += this.sums[place]!;
    return sum;
  }

  at(y: number): number {
    let place = 0;
    let left = y;
    for (let step = this.own.length; step > 0; step >>= 1) {
      const next = place + step;
      if (next > this.count || this.sums[next]! > left) continue;
      place = next;
      left -= this.sums[next]!;
    }
    return Math.max(0, Math.min(this.count - 1, place));
  }

  private add(row: number, change: number): void {
    this.own[row]! += change;
    for (let place = row + 1; place < this.sums.length; place += place & -place) this.sums[place]! += change;
  }

  private grow(): void {
    const own = new Float64Array(this.own.length * 2);
    own.set(this.own);
    const sums = new Float64Array(own.length + 1);
    sums.set(this.sums);
    sums[own.length] = this.sums[this.own.length]!; // the new root covers the old one
    this.own = own;
    this.sums = sums;
  }
}

/** How far the content is scrolled, when the scroll bar of a shorter element stands for it. */
export function contentTop(scrollTop: number, total: number, viewport: number): number {
  if (total <= TALLEST) return scrollTop;
  return (scrollTop * (total - viewport)) / (TALLEST - viewport);
}

/** The inverse of `contentTop`. */
export function scrollTopFor(top: number, total: number, viewport: number): number {
  if (total <= TALLEST) return top;
  return (top * (TALLEST - viewport)) / (total - viewport);
}
