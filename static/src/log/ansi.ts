/**
 * ANSI colours as class names. A style is a small number, so that a million lines can each remember how they
 * begin. Text comes out as text: nothing here makes markup. Pure.
 */

export type StyleId = number;
export const PLAIN: StyleId = 0;

interface Style {
  readonly fg: number; // 0–255 of the palette, -1 for none
  readonly bg: number;
  readonly flags: number;
}

const BOLD = 1;
const DIM = 2;
const ITALIC = 4;
const UNDERLINE = 8;
const INVERSE = 16;
const STRIKE = 32;
const MOST_STYLES = 0xffff; // what a Uint16Array can name

const FLAG_CLASSES: readonly (readonly [number, string])[] = [
  [BOLD, "a-b"],
  [DIM, "a-dim"],
  [ITALIC, "a-i"],
  [UNDERLINE, "a-u"],
  [STRIKE, "a-s"],
];

const NONE: Style = { fg: -1, bg: -1, flags: 0 };
const styles: Style[] = [NONE];
const ids = new Map<string, StyleId>([["-1 -1 0", PLAIN]]);

function intern(style: Style): StyleId {
  const key = `${style.fg} ${style.bg} ${style.flags}`;
  const known = ids.get(key);
  if (known !== undefined) return known;
  if (styles.length > MOST_STYLES) return PLAIN;
  styles.push(style);
  ids.set(key, styles.length - 1);
  return styles.length - 1;
}

/** Class names of a style: `f-1` and `k-4` are colours of the 256 as text and as background. */
export function classesOf(id: StyleId): string {
  const style = styles[id] ?? NONE;
  const inverse = (style.flags & INVERSE) !== 0;
  const fg = inverse ? style.bg : style.fg;
  const bg = inverse ? style.fg : style.bg;
  const names = FLAG_CLASSES.filter(([flag]) => style.flags & flag).map(([, name]) => name);
  if (fg >= 0) names.push(`f-${fg}`);
  else if (inverse && bg < 0) names.push("f-inverse"); // a background knows its own text
  if (bg >= 0) names.push(`k-${bg}`);
  else if (inverse) names.push("k-inverse");
  return names.join(" ");
}

const LEVELS = [0, 95, 135, 175, 215, 255];
const nearest = (value: number): number =>
  LEVELS.reduce((best, level, index) => (Math.abs(level - value) < Math.abs(LEVELS[best]! - value) ? index : best), 0);

/** The palette's colour nearest to a true colour. */
export function quantise(red: number, green: number, blue: number): number {
  const spread = Math.max(red, green, blue) - Math.min(red, green, blue);
  if (spread < 10) {
    const step = Math.round(((red + green + blue) / 3 - 8) / 10);
    if (step >= 0 && step < 24) return 232 + step;
  }
  return 16 + 36 * nearest(red) + 6 * nearest(green) + nearest(blue);
}

/** The colour after 38 or 48 at `place`, and the place of its last number. */
function extended(codes: readonly number[], place: number): readonly [number, number] {
  const byte = (offset: number): number => Math.min(255, codes[place + offset] || 0);
  if (codes[place + 1] === 5) return [byte(2), place + 2];
  if (codes[place + 1] === 2) return [quantise(byte(2), byte(3), byte(4)), place + 4];
  return [-1, place + 1];
}

const FLAGS: Readonly<Record<number, readonly [set: number, clear: number]>> = {
  1: [BOLD, 0],
  2: [DIM, 0],
  3: [ITALIC, 0],
  4: [UNDERLINE, 0],
  7: [INVERSE, 0],
  9: [STRIKE, 0],
  21: [UNDERLINE, 0],
  22: [0, BOLD | DIM],
  23: [0, ITALIC],
  24: [0, UNDERLINE],
  27: [0, INVERSE],
  29: [0, STRIKE],
};

function recolour(style: Style, code: number): Style {
  if (code >= 30 && code <= 37) return { ...style, fg: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, fg: code - 82 };
  if (code >= 40 && code <= 47) return { ...style, bg: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, bg: code - 92 };
  if (code === 39) return { ...style, fg: -1 };
  if (code === 49) return { ...style, bg: -1 };
  return style;
}

function applied(parameters: string, from: Style): Style {
  const codes = parameters.split(/[;:]/).map((code) => Number(code) || 0);
  let style = from;
  for (let place = 0; place < codes.length; place += 1) {
    const code = codes[place]!;
    const flag = FLAGS[code];
    if (code === 0) style = NONE;
    else if (flag !== undefined) style = { ...style, flags: (style.flags | flag[0]) & ~flag[1] };
    else if (code === 38 || code === 48) {
      const [colour, last] = extended(codes, place);
      style = code === 38 ? { ...style, fg: colour } : { ...style, bg: colour };
      place = last;
    } else style = recolour(style, code);
  }
  return style;
}

// CSI, OSC (links, titles) ended by BEL or ST, two-character escapes, then other control characters.
// None reaches over a line feed, so that many lines can be stripped at once.
const ESCAPE =
  /\x1b\[([0-9;:<=>?]*)[ -/]*([@-~]?)|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\|)|\x1b[PX^_][^\x1b\n]*(?:\x1b\\|)|\x1b[ -/]*[0-~]?|[\x00-\x08\x0b-\x1f\x7f]/g;

export interface Span {
  readonly text: string;
  readonly style: StyleId;
}

/** Spans of a line that begins in `style`, and the style in which it ends. */
export function spans(raw: string, style: StyleId = PLAIN): { spans: Span[]; end: StyleId } {
  const found: Span[] = [];
  let current = styles[style] ?? NONE;
  let id = style;
  let from = 0;
  const push = (to: number): void => {
    if (to > from) found.push({ text: raw.slice(from, to), style: id });
  };
  for (const match of raw.matchAll(ESCAPE)) {
    push(match.index);
    from = match.index + match[0].length;
    if (match[2] !== "m" || /[<=>?]/.test(match[1]!)) continue;
    current = applied(match[1]!, current);
    id = intern(current);
  }
  push(raw.length);
  return { spans: found, end: id };
}

/** The style in which a line ends. */
export const styleAfter = (raw: string, style: StyleId): StyleId => spans(raw, style).end;

/** The text without escapes and control characters. */
export const plain = (raw: string): string => raw.replace(ESCAPE, "");
