/** The 256 colours of a terminal as a style sheet, each made readable on the log in both themes. */

type Rgb = readonly [number, number, number];

// The sunken surface of tokens.css, light and dark.
const LIGHT: Rgb = [251, 251, 252];
const DARK: Rgb = [15, 16, 19];
const ENOUGH = 4.5;

// What programs expect of the sixteen on a background of their choice, where the theme does not matter.
const SIXTEEN: readonly Rgb[] = [
  [12, 13, 15], [179, 35, 43], [26, 134, 80], [196, 140, 20], [33, 103, 219], [130, 69, 182], [16, 124, 141], [220, 223, 228],
  [90, 97, 108], [240, 100, 108], [63, 187, 125], [239, 184, 91], [95, 159, 255], [184, 138, 229], [107, 200, 216], [255, 255, 255],
];

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const LEVELS = [0, 95, 135, 175, 215, 255];

/** The colour with number 16 to 255. */
export function colour(index: number): Rgb {
  if (index >= 232) {
    const grey = 8 + 10 * (index - 232);
    return [grey, grey, grey];
  }
  const place = index - 16;
  return [LEVELS[Math.floor(place / 36)]!, LEVELS[Math.floor(place / 6) % 6]!, LEVELS[place % 6]!];
}

// Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** `rgb`, moved towards black or white just as far as it needs to be readable on `ground`. */
export function readable(rgb: Rgb, ground: Rgb): Rgb {
  const end = luminance(ground) > 0.5 ? 0 : 255;
  for (let share = 0; share <= 1; share += 0.05) {
    const moved = rgb.map((value) => Math.round(value + (end - value) * share)) as unknown as Rgb;
    if (contrast(moved, ground) >= ENOUGH) return moved;
  }
  return [end, end, end];
}

const css = (rgb: Rgb): string => `rgb(${rgb.join(" ")})`;

/** Black or white, whichever is easier to read on `ground`. */
const over = (ground: Rgb): Rgb => (contrast(ground, [255, 255, 255]) > contrast(ground, [0, 0, 0]) ? [255, 255, 255] : [0, 0, 0]);

function text(index: number): string {
  if (index >= 16) {
    const rgb = colour(index);
    return `.f-${index}{color:light-dark(${css(readable(rgb, LIGHT))},${css(readable(rgb, DARK))})}`;
  }
  const bright = index === 8 || index === 15 ? "bright-" : "";
  return `.f-${index}{color:var(--ansi-${bright}${NAMES[index % 8]})}[class*="k-"].f-${index}{color:${css(SIXTEEN[index]!)}}`;
}

function background(index: number): string {
  const rgb = SIXTEEN[index] ?? colour(index);
  return `.k-${index}{background:${css(rgb)}}.k-${index}:not([class*="f-"]){color:${css(over(rgb))}}`;
}

/** The rules of all classes that `classesOf` names. */
export function paletteCss(): string {
  const colours = Array.from({ length: 256 }, (_, index) => text(index) + background(index)).join("");
  return `${colours}.f-inverse{color:var(--sunken)}.k-inverse{background:var(--text)}`;
}

/** Hand the palette to the page, once. A constructed sheet needs no exception in the content policy. */
export function usePalette(root: DocumentOrShadowRoot): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(paletteCss());
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
