/** Groups that tools mark in a log: GitHub's `::group::`, Azure's `##[group]`, GitLab's `section_start:`. Pure. */

export interface Group {
  readonly first: number; // line of the marker, from 0
  readonly title: string; // empty: what else stands in the line
  readonly name: string; // GitLab's, which its end repeats
  readonly depth: number; // groups around it
  last: number | null; // line of the end's marker; null while it is open
}

export type Marker =
  | { readonly kind: "open"; readonly title: string; readonly name: string }
  | { readonly kind: "close"; readonly name: string };

const OPEN = /^(?:::group(?: [^:]*)?::|##\[group\])(.*)$/s;
const CLOSE = /^(?:::endgroup::|##\[endgroup\])/;
// Source: https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections
const SECTION = /^(?:\x1b\[0K)?section_(start|end):\d+:([\w.-]+)(?:\[[^\]]*\])?$/;

/** What a line, or the part of one before a carriage return, marks. */
export function markerOf(text: string): Marker | null {
  const section = SECTION.exec(text);
  if (section !== null) {
    const name = section[2]!;
    return section[1] === "start" ? { kind: "open", title: "", name } : { kind: "close", name };
  }
  const open = OPEN.exec(text);
  if (open !== null) return { kind: "open", title: open[1]!.trim(), name: "" };
  return CLOSE.test(text) ? { kind: "close", name: "" } : null;
}

export class Groups {
  readonly all: Group[] = []; // by their first lines
  private readonly opened: Group[] = []; // innermost last

  /** Changes with every marker. */
  version = 0;

  mark(line: number, marker: Marker): void {
    if (marker.kind === "close") return this.close(line, marker.name);
    const before = this.all.at(-1);
    if (before?.last === line) before.last = line - 1; // the line that ends it begins this one
    const group = { first: line, title: marker.title, name: marker.name, depth: this.opened.length, last: null };
    this.all.push(group);
    this.opened.push(group);
    this.version += 1;
  }

  /** Close the innermost group of that name, and those in it that nobody closed. An end without a beginning is none. */
  private close(line: number, name: string): void {
    const at = this.opened.findLastIndex((group) => group.name === name);
    if (at === -1) return;
    for (const group of this.opened.splice(at)) group.last = line;
    this.version += 1;
  }

  /** The group that begins in a line. */
  at(line: number): Group | null {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.all[middle]!.first < line) low = middle + 1;
      else high = middle;
    }
    return this.all[low]?.first === line ? this.all[low]! : null;
  }

  /** The groups that a line is in, but does not begin. */
  around(line: number): Group[] {
    return this.all.filter((group) => group.first < line && line <= (group.last ?? -1));
  }
}

/** Lines that are not drawn, and which rows the others are. */
export class Folds {
  private readonly from: number[] = [];
  private readonly to: number[] = []; // exclusive
  private readonly before: number[] = []; // hidden lines before `from`
  private hidden = 0;

  /** `groups` by their first lines; `folded` says which show their first line alone. */
  constructor(groups: readonly Group[] = [], folded: (group: Group) => boolean = () => false) {
    for (const group of groups) {
      const end = this.to.at(-1) ?? 0;
      if (group.last === null || group.last < end || !folded(group)) continue;
      const from = Math.max(group.first + 1, end);
      if (from > group.last) continue;
      this.from.push(from);
      this.to.push(group.last + 1);
      this.before.push(this.hidden);
      this.hidden += group.last + 1 - from;
    }
  }

  /** How many rows `count` lines take. */
  rows(count: number): number {
    return this.rowOf(count);
  }

  /** The row of a line; of a hidden one, that of the line that hides it. */
  rowOf(line: number): number {
    const at = last(this.from, line);
    if (at === -1) return line;
    if (line < this.to[at]!) return this.from[at]! - this.before[at]! - 1;
    return line - this.before[at]! - (this.to[at]! - this.from[at]!);
  }

  lineOf(row: number): number {
    let low = 0;
    let high = this.from.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.from[middle]! - this.before[middle]! <= row) low = middle + 1;
      else high = middle;
    }
    const at = low - 1;
    return at === -1 ? row : row + this.before[at]! + (this.to[at]! - this.from[at]!);
  }

  hides(line: number): boolean {
    const at = last(this.from, line);
    return at !== -1 && line < this.to[at]!;
  }
}

/** The last place in `sorted` whose number is at most `wanted`; -1 for none. */
function last(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
