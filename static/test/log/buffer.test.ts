import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { plain } from "../../src/log/ansi";
import { LineBuffer, LONGEST } from "../../src/log/buffer";

const encoder = new TextEncoder();

interface Seen {
  readonly text: string;
  readonly style: number;
  readonly folded: number;
  readonly cut: number;
}

function seen(buffer: LineBuffer): Seen[] {
  return Array.from({ length: buffer.count }, (_, line) => ({
    text: buffer.raw(line),
    style: buffer.styleOf(line),
    ...buffer.note(line),
  }));
}

function bufferOf(...chunks: (string | Uint8Array)[]): LineBuffer {
  const buffer = new LineBuffer();
  for (const chunk of chunks) buffer.append(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  return buffer;
}

const texts = (...chunks: string[]): string[] => seen(bufferOf(...chunks)).map((line) => line.text);

describe("lines", () => {
  it.each([
    ["nothing is no line", "", []],
    ["a line without an end is a line already", "a", ["a"]],
    ["a line feed ends a line and begins none", "a\n", ["a"]],
    ["empty lines count", "\n\na\n", ["", "", "a"]],
    ["a carriage return before the line feed belongs to the end", "a\r\nb\r\n", ["a", "b"]],
    ["so do several", "a\r\r\nb", ["a", "b"]],
    ["a carriage return begins the line anew", "10 %\r20 %\r30 %\n", ["30 %"]],
    ["a return at the end keeps what it may still overwrite", "10 %\r20 %\r", ["20 %"]],
  ])("%s", (_, text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  it("counts the updates that were overwritten", () => {
    const buffer = bufferOf("10 %\r", "20 %\r30", " %\nnext\n");
    expect([buffer.note(0).folded, buffer.note(1).folded]).toEqual([2, 0]);
  });

  it("keeps a line that outgrows the limit up to the limit", () => {
    const buffer = bufferOf("x".repeat(LONGEST), "yz", "\nnext\n");
    expect(buffer.size(0)).toBe(LONGEST);
    expect(buffer.note(0).cut).toBe(2);
    expect(buffer.raw(1)).toBe("next");
  });

  it("folds progress of any length instead of cutting it", () => {
    const buffer = bufferOf(...Array.from({ length: 5000 }, (_, done) => `${done} of 5000 ${"#".repeat(40)}\r`));
    expect(buffer.raw(0)).toMatch(/^4999 of/);
    expect(buffer.note(0)).toEqual({ folded: 4999, cut: 0 });
  });

  it("puts characters together that came in two chunks", () => {
    const bytes = encoder.encode("日志🚀");
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(seen(bufferOf(bytes.subarray(0, at), bytes.subarray(at)))[0]?.text).toBe("日志🚀");
    }
  });

  it("lets colours reach over the end of a line", () => {
    const buffer = bufferOf("\x1b[31mred\nstill red\x1b[0m\nplain\n");
    expect(buffer.styleOf(1)).not.toBe(0);
    expect(buffer.styleOf(2)).toBe(0);
  });

  it("crosses from page to page without losing a byte", () => {
    const line = "0123456789abcdef".repeat(2000);
    const buffer = bufferOf(...Array.from({ length: 150 }, (_, number) => `${number} ${line}\n`));
    const numbers = seen(buffer).map((one) => (one.text.endsWith(line) ? Number(one.text.split(" ")[0]) : -1));
    expect(numbers).toEqual(Array.from({ length: 150 }, (_, number) => number));
  });
});

const piece = fc.oneof(
  fc.constantFrom("\n", "\r", "\r\n", "\x1b[31m", "\x1b[0m", "\x1b[1;38;5;9m", "\x1b", "[", "日", "🚀", ""),
  fc.string({ maxLength: 12 }),
);
const bytesOf = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((parts) => encoder.encode(parts.join(""))),
  fc.uint8Array({ maxLength: 200 }),
);

/** The same rules, written plainly over the whole text at once. */
function expected(bytes: Uint8Array): { text: string; folded: number }[] {
  const latin = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const lines = latin.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => {
    const ended = line.replace(/\r+$/, "");
    const updates = ended.split("\r").filter(Boolean);
    const text = ended.endsWith("\r") ? "" : (updates.at(-1) ?? "");
    const shown = Uint8Array.from(text, (character) => character.charCodeAt(0));
    return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(shown), folded: Math.max(0, updates.length - 1) };
  });
}

describe("any chunking", () => {
  it("gives the same lines as all at once", () => {
    fc.assert(
      fc.property(bytesOf, fc.array(fc.nat({ max: 200 }), { maxLength: 20 }), (bytes, cuts) => {
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        expect(seen(bufferOf(...chunks))).toEqual(seen(bufferOf(bytes)));
      }),
      { numRuns: 500 },
    );
  });

  it("gives the lines that the plain rules give", () => {
    fc.assert(
      fc.property(bytesOf, (bytes) => {
        const lines = seen(bufferOf(bytes)).map(({ text, folded }) => ({ text, folded }));
        expect(lines).toEqual(expected(bytes));
      }),
      { numRuns: 500 },
    );
  });
});

describe("a block of lines", () => {
  it("is what its lines are, also without their escapes", () => {
    fc.assert(
      fc.property(bytesOf, fc.integer({ min: 1, max: 9 }), (bytes, most) => {
        const buffer = bufferOf(bytes);
        for (let line = 0; line < buffer.count; ) {
          const { text, next } = buffer.block(line, most);
          const own = Array.from({ length: next - line }, (_, more) => buffer.raw(line + more));
          expect(text).toBe(own.join("\n"));
          expect(plain(text)).toBe(own.map(plain).join("\n"));
          line = next;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("ends with its page", () => {
    const buffer = bufferOf(...Array.from({ length: 40 }, () => `${"x".repeat(60_000)}\n`));
    const { text, next } = buffer.block(0, 40);
    expect([text.length, next]).toEqual([17 * 60_001 - 1, 17]);
  });
});

describe("plain text", () => {
  it("holds no control character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(plain(text)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f]/);
      }),
    );
  });
});
