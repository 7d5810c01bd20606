/**
 * The lines of one log, from bytes as they come in any chunks. Nothing is decoded until it is seen: a line is a
 * place in a page of bytes and the colour it begins with. Pure.
 */

import { PLAIN, styleAfter, type StyleId } from "./ansi";
import { Groups, markerOf } from "./groups";

const PAGE = 1 << 20;
export const LONGEST = 64 * 1024; // bytes of a line that are kept

const LF = 10;
const CR = 13;
const ESC = 27;
const BRACKET = 91;
const ZERO = 48;
const M = 109;
const S = 115;
const HASH = 35;
const COLON = 58;
const LONGEST_MARKER = 512; // bytes

export interface LineNote {
  readonly folded: number; // updates that a carriage return overwrote
  readonly cut: number; // bytes that are not kept
}

const NO_NOTE: LineNote = { folded: 0, cut: 0 };

/** An array of unsigned numbers that grows by doubling. */
class Numbers<T extends Uint32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>> {
  constructor(
    private items: T,
    private readonly make: (size: number) => T,
  ) {}

  get(index: number): number {
    return this.items[index]!;
  }

  set(index: number, value: number): void {
    if (index >= this.items.length) {
      const larger = this.make(this.items.length * 2);
      larger.set(this.items);
      this.items = larger;
    }
    this.items[index] = value;
  }
}

const uint32s = (): Numbers<Uint32Array<ArrayBuffer>> => new Numbers(new Uint32Array(1024), (n) => new Uint32Array(n));
const uint16s = (): Numbers<Uint16Array<ArrayBuffer>> => new Numbers(new Uint16Array(1024), (n) => new Uint16Array(n));

export class LineBuffer {
  private readonly pages: Uint8Array<ArrayBuffer>[] = [];
  private readonly starts = uint32s(); // page * PAGE + place in the page
  private readonly lengths = uint32s();
  private readonly styles = uint16s();
  private readonly offsets = uint32s(); // in the log
  private readonly notes = new Map<number, LineNote>();
  readonly groups = new Groups();
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  private before = 0; // bytes of the log before this chunk
  private opened = 0; // offset of the open line in the log
  private complete = 0; // lines that have their line feed
  private at = 0; // place of the next byte
  private length = 0; // kept bytes of the open line
  private cut = 0;
  private folded = 0;
  private touched = false; // the open line has had any byte
  private returned = false; // the last byte was a carriage return
  private style: StyleId = PLAIN; // where the open line begins
  private escapes = false; // the open line holds an escape

  /** Lines so far; the last may still grow. */
  get count(): number {
    return this.complete + (this.touched ? 1 : 0);
  }

  /** Take the bytes that follow the ones before, in chunks of any size. */
  append(chunk: Uint8Array): void {
    let place = 0;
    let escape = chunk.indexOf(ESC);
    let carriage = chunk.indexOf(CR);
    while (place < chunk.length) {
      const byte = chunk[place]!;
      if (this.returned && byte !== LF && byte !== CR) this.fold();
      if (byte === LF) {
        this.end();
        place += 1;
        this.opened = this.before + place;
        continue;
      }
      if (byte === CR) {
        this.returned = this.touched = true;
        place += 1;
        continue;
      }
      if (carriage !== -1 && carriage < place) carriage = chunk.indexOf(CR, place);
      if (escape !== -1 && escape < place) escape = chunk.indexOf(ESC, place);
      const feed = chunk.indexOf(LF, place);
      let stop = feed === -1 ? chunk.length : feed;
      if (carriage !== -1 && carriage < stop) stop = carriage;
      if (escape !== -1 && escape < stop) this.escapes = true;
      this.keep(chunk.subarray(place, stop));
      place = stop;
    }
    this.before += chunk.length;
  }

  /** Where a line begins in the log, in bytes. */
  offsetOf(line: number): number {
    return line < this.complete ? this.offsets.get(line) : this.opened;
  }

  /** The raw text of a line, escapes included, without its end. */
  raw(line: number): string {
    return this.decoder.decode(this.bytes(line));
  }

  /** Raw lines from `from` on, joined by line feeds, as many as lie together and `most` allows; and the next line. */
  block(from: number, most: number): { text: string; next: number } {
    if (from >= this.complete) return { text: this.raw(from), next: from + 1 };
    const start = this.starts.get(from);
    const page = Math.floor(start / PAGE);
    let last = Math.min(this.complete, from + most) - 1;
    while (Math.floor(this.starts.get(last) / PAGE) !== page) last -= 1;
    const bytes = this.pages[page]?.subarray(start % PAGE, (this.starts.get(last) % PAGE) + this.lengths.get(last));
    return { text: this.decoder.decode(bytes), next: last + 1 };
  }

  /** The style in force where the line begins. */
  styleOf(line: number): StyleId {
    return line < this.complete ? this.styles.get(line) : this.style;
  }

  note(line: number): LineNote {
    if (line < this.complete) return this.notes.get(line) ?? NO_NOTE;
    return this.folded || this.cut ? { folded: this.folded, cut: this.cut } : NO_NOTE;
  }

  /** Kept bytes of a line: at least the cells it needs when it is plain ASCII. */
  size(line: number): number {
    return line < this.complete ? this.lengths.get(line) : this.length;
  }

  private bytes(line: number): Uint8Array {
    const open = line >= this.complete;
    const start = open ? this.at - this.length : this.starts.get(line);
    const length = open ? this.length : this.lengths.get(line);
    const page = this.pages[Math.floor(start / PAGE)];
    if (page === undefined || length === 0) return new Uint8Array();
    return page.subarray(start % PAGE, (start % PAGE) + length);
  }

  private keep(bytes: Uint8Array): void {
    this.touched = true;
    const room = Math.max(0, LONGEST - this.length);
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
    this.cut += bytes.length - kept.length;
    if (kept.length === 0) return;
    this.makeRoom(kept.length);
    this.pages[Math.floor(this.at / PAGE)]!.set(kept, this.at % PAGE);
    this.at += kept.length;
    this.length += kept.length;
  }

  /** A line never spans two pages: what is open moves to a fresh one when it would. */
  private makeRoom(length: number): void {
    const inPage = this.at % PAGE;
    const fresh = Math.floor(this.at / PAGE) >= this.pages.length;
    if (!fresh && inPage + length <= PAGE) return;
    const open = this.bytes(this.complete);
    const page = new Uint8Array(PAGE);
    page.set(open);
    this.at = this.pages.push(page) * PAGE - PAGE + open.length;
  }

  /** The open line is written anew from its beginning. */
  private fold(): void {
    this.returned = false;
    if (this.length === 0) return;
    this.style = this.styleAtEnd();
    if (!this.mark()) this.folded += 1;
    this.at -= this.length;
    this.length = this.cut = 0;
    this.escapes = false;
  }

  private end(): void {
    const next = this.styleAtEnd();
    this.mark();
    this.offsets.set(this.complete, this.opened);
    this.makeRoom(1);
    this.pages[Math.floor(this.at / PAGE)]![this.at % PAGE] = LF;
    this.starts.set(this.complete, this.at - this.length);
    this.lengths.set(this.complete, this.length);
    this.styles.set(this.complete, this.style);
    if (this.folded || this.cut) this.notes.set(this.complete, { folded: this.folded, cut: this.cut });
    this.complete += 1;
    this.at += 1;
    this.length = this.cut = this.folded = 0;
    this.touched = this.returned = this.escapes = false;
    this.style = next;
  }

  /** Whether what stands in the open line is a marker of a group. */
  private mark(): boolean {
    if (this.length < 2 || this.length > LONGEST_MARKER) return false;
    const bytes = this.bytes(this.complete);
    const doubled = bytes[0] === bytes[1] && (bytes[0] === COLON || bytes[0] === HASH);
    if (!doubled && bytes[0] !== S && bytes[0] !== ESC) return false;
    const marker = markerOf(this.decoder.decode(bytes));
    if (marker !== null) this.groups.mark(this.complete, marker);
    return marker !== null;
  }

  private styleAtEnd(): StyleId {
    if (!this.escapes) return this.style;
    const bytes = this.bytes(this.complete);
    // Most coloured lines end with a reset, and then nothing before it matters.
    const last = bytes.lastIndexOf(ESC);
    const code = last + (bytes[last + 2] === ZERO ? 3 : 2);
    if (bytes[last + 1] === BRACKET && bytes[code] === M) return PLAIN;
    return styleAfter(this.raw(this.complete), this.style);
  }
}
