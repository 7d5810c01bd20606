/** Spans of colour cut up at the places that a search found. Pure. */

import type { Span, StyleId } from "./ansi";

export interface Piece {
  readonly text: string;
  readonly style: StyleId;
  readonly mark: number; // place of the hit in the plain text; -1 outside hits
}

export function marked(spans: readonly Span[], starts: readonly number[], length: number): Piece[] {
  const pieces: Piece[] = [];
  let at = 0; // in the plain text
  let next = 0; // in starts
  for (const { text, style } of spans) {
    let used = 0;
    while (used < text.length) {
      while (next < starts.length && starts[next]! + length <= at) next += 1;
      const start = starts[next] ?? Infinity;
      const inside = start <= at;
      const left = (inside ? start + length : start) - at;
      const size = Math.min(text.length - used, left);
      pieces.push({ text: text.slice(used, used + size), style, mark: inside ? start : -1 });
      used += size;
      at += size;
    }
  }
  return pieces;
}
