import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { LineBuffer } from "../../src/log/buffer";
import { firstError, isError } from "../../src/log/errors";
import { hitsOf, nextHit, Search, type Hit, type Lines } from "../../src/log/search";

const never = (): boolean => false;

/** Lines that come in blocks of at most three. */
function linesOf(...texts: string[]): Lines {
  const block = (from: number, most: number): { text: string; next: number } => {
    const next = Math.min(from + most, from + 3, texts.length);
    return { text: texts.slice(from, next).join("\n"), next };
  };
  return { get count() { return texts.length; }, raw: (line) => texts[line]!, block };
}

const at = (...lines: number[]): Hit[] => lines.map((line) => ({ line, start: 0 }));

function hits(lines: Lines, text: string): [number, number][] {
  const search = new Search(lines, text);
  search.advance(never);
  return search.all().map((hit) => [hit.line, hit.start]);
}

describe("search", () => {
  it("finds every place, whatever the case", () => {
    expect(hits(linesOf("Err err", "none", "ERR"), "err")).toEqual([[0, 0], [0, 4], [2, 0]]);
  });

  it("looks through colours", () => {
    expect(hits(linesOf("a \x1b[31mfa\x1b[0miled", "end"), "failed")).toEqual([[0, 2]]);
  });

  it("finds nothing for nothing", () => {
    expect(hits(linesOf("a"), "")).toEqual([]);
  });

  it("looks at the growing last line each time anew", () => {
    const buffer = new LineBuffer();
    const write = (text: string): void => buffer.append(new TextEncoder().encode(text));
    const search = new Search(buffer, "part");
    const found = (): number[] => {
      search.advance(never);
      return search.all().map((hit) => hit.line);
    };
    write("x\npar");
    expect(found()).toEqual([]);
    write("t");
    expect(found()).toEqual([1]);
    write("\npart");
    expect(found()).toEqual([1, 2]);
  });

  it("stops when told and goes on from there", () => {
    const search = new Search(linesOf(...Array.from({ length: 1000 }, () => "x")), "x");
    search.advance(() => search.hits.length > 0);
    expect(search.done).toBe(false);
    search.advance(never);
    expect(search.all().length).toBe(1000);
  });

  it("gives a line its own hits", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), fc.nat(20), (lines, line) => {
        const all = at(...lines.sort((a, b) => a - b));
        expect(hitsOf(all, line)).toEqual(all.filter((hit) => hit.line === line));
      }),
    );
  });
});

describe("going from hit to hit", () => {
  it.each<[string, Hit[], number, 1 | -1, number]>([
    ["there is none", [], -1, 1, -1],
    ["the first comes first", at(3, 5), -1, 1, 0],
    ["backwards begins at the end", at(3, 5), -1, -1, 1],
    ["after the last comes the first", at(3, 5), 1, 1, 0],
    ["before the first comes the last", at(3, 5), 0, -1, 1],
  ])("%s", (_, all, current, way, expected) => {
    expect(nextHit(all, current, way)).toBe(expected);
  });
});

describe("errors", () => {
  it.each([
    "Error: expected order state",
    "src/main.c:3:5: error: expected ';'",
    "FAIL  test/run.test.ts",
    "E       assert 1 == 2",
    "npm ERR! code ELIFECYCLE",
    "make: *** [Makefile:3: test] Error 1",
    "Traceback (most recent call last):",
    "panic: runtime error: index out of range",
    "ValueError: no such thing",
    "sh: 1: mvn: not found".replace("not found", "command not found"),
    "  \u2717 retries the capture",
    "error[E0382]: borrow of moved value",
    "fatal: not a git repository",
  ])("%s is one", (text) => {
    expect(isError(text)).toBe(true);
  });

  it.each(["0 errors", "Compiled without errors: 0 warnings", "errors: 0", "downloading error-prone-2.3.jar", "✓ shows the error page", "ok"])(
    "%s is none",
    (text) => {
      expect(isError(text)).toBe(false);
    },
  );

  it("are looked for in a part of the lines", () => {
    const lines = linesOf("ok", "error: a", "error: b");
    expect([firstError(lines, 0, 1), firstError(lines, 0, 3), firstError(lines, 2, 3)]).toEqual([-1, 1, 2]);
  });
});
