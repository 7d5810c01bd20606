import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { classesOf, plain, quantise, spans } from "../../src/log/ansi";
import { marked } from "../../src/log/marks";
import { colour, contrast, paletteCss, readable } from "../../src/log/palette";

const shown = (text: string): [string, string][] => spans(text).spans.map((span) => [span.text, classesOf(span.style)]);

describe("colours", () => {
  it.each<[string, string, [string, string][]]>([
    ["plain text is one span", "a", [["a", ""]]],
    ["a colour holds until the reset", "\x1b[31mred\x1b[0m plain", [["red", "f-1"], [" plain", ""]]],
    ["an empty code resets", "\x1b[32mg\x1b[mp", [["g", "f-2"], ["p", ""]]],
    ["bright colours are 8 to 15", "\x1b[91;102mx", [["x", "f-9 k-10"]]],
    ["the palette has 256", "\x1b[38;5;208mx\x1b[48;5;17my", [["x", "f-208"], ["y", "f-208 k-17"]]],
    ["true colours become the nearest of the palette", "\x1b[38;2;255;135;0mx", [["x", "f-208"]]],
    ["colons separate as well", "\x1b[38:5:208mx", [["x", "f-208"]]],
    ["what follows a colour in one escape counts", "\x1b[38;5;208;1mx", [["x", "a-b f-208"]]],
    ["attributes add up and go away one by one", "\x1b[1m\x1b[4mx\x1b[22my", [["x", "a-b a-u"], ["y", "a-u"]]],
    ["inverse swaps", "\x1b[31;44;7mx", [["x", "f-4 k-1"]]],
    ["inverse of nothing has classes of its own", "\x1b[7mx", [["x", "f-inverse k-inverse"]]],
    ["default colours come back", "\x1b[31;42mx\x1b[39;49my", [["x", "f-1 k-2"], ["y", ""]]],
    ["moves and erasures vanish", "a\x1b[2Kb\x1b[1Ac\x1b[?25ld", [["a", ""], ["b", ""], ["c", ""], ["d", ""]]],
    ["a title or a link vanishes, its words stay", "\x1b]8;;http://a\x07link\x1b]8;;\x1b\\!", [["link", ""], ["!", ""]]],
    ["a private sequence is no colour", "\x1b[>4;1mx", [["x", ""]]],
    ["an escape cut short takes nothing with it", "a\x1b[3", [["a", ""]]],
    ["markup stays text", "<b onclick=x>&amp;", [["<b onclick=x>&amp;", ""]]],
  ])("%s", (_, text, expected) => {
    expect(shown(text)).toEqual(expected);
  });

  it("carry on from the style a line begins with", () => {
    const { end } = spans("\x1b[31mred");
    expect(classesOf(spans("more", end).spans[0]!.style)).toBe("f-1");
  });

  it("never make class names of anything but themselves", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\x1b[", ";", "m", "38", "5"))), (parts) => {
        for (const { style } of spans(parts.join("")).spans) expect(classesOf(style)).toMatch(/^[a-z0-9 -]*$/);
      }),
    );
  });

  it("leave the text as it is without them", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom("\x1b[1;31m", "\x1b[0m", "\x1b"))), (parts) => {
        const text = parts.join("");
        expect(spans(text).spans.map((span) => span.text).join("")).toBe(plain(text));
      }),
    );
  });

  it("quantise to themselves, or a grey beside them, when they are in the palette", () => {
    for (let index = 16; index < 256; index += 1) {
      const near = colour(quantise(...colour(index)));
      const off = colour(index).map((value, part) => Math.abs(value - near[part]!));
      expect(Math.max(...off)).toBeLessThanOrEqual(5);
    }
  });
});

describe("the palette", () => {
  it.each([[[251, 251, 252]], [[15, 16, 19]]] as const)("is readable on %s", (ground) => {
    for (let index = 16; index < 256; index += 1) {
      expect(contrast(readable(colour(index), ground), ground)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("has a rule for every class", () => {
    const css = paletteCss();
    for (let index = 0; index < 256; index += 1) {
      expect(css).toContain(`.f-${index}{`);
      expect(css).toContain(`.k-${index}{`);
    }
  });
});

describe("marks", () => {
  it("cut spans at the hits, also where a hit crosses a colour", () => {
    const { spans: coloured } = spans("ab\x1b[31mcd\x1b[0mef");
    const pieces = marked(coloured, [1], 3).map((piece) => [piece.text, piece.mark]);
    expect(pieces).toEqual([["a", -1], ["b", 1], ["cd", 1], ["ef", -1]]);
  });

  it("change no text", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), fc.array(fc.nat(60)), fc.integer({ min: 1, max: 5 }), (parts, at, length) => {
        const coloured = parts.map((text, style) => ({ text, style }));
        const starts = [...new Set(at)].sort((a, b) => a - b).filter((start, index, all) => index === 0 || start - all[index - 1]! >= length);
        expect(marked(coloured, starts, length).map((piece) => piece.text).join("")).toBe(parts.join(""));
      }),
    );
  });
});
