import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { LineBuffer } from "../../src/log/buffer";
import { Folds, Groups, markerOf } from "../../src/log/groups";

const bufferOf = (text: string): LineBuffer => {
  const buffer = new LineBuffer();
  buffer.append(new TextEncoder().encode(text));
  return buffer;
};

/** First and last line, depth and title of each group. */
const groupsOf = (text: string): unknown[] =>
  bufferOf(text).groups.all.map(({ first, last, depth, title }) => [first, last, depth, title]);

describe("markers", () => {
  it.each([
    ["GitHub", "a\n::group::Install\nb\n::endgroup::\nc\n", [[1, 3, 0, "Install"]]],
    ["Azure", "##[group]Install\nb\n##[endgroup]\n", [[0, 2, 0, "Install"]]],
    ["GitLab", "\x1b[0Ksection_start:1:deps[collapsed=true]\r\x1b[0KInstall\nb\n\x1b[0Ksection_end:2:deps\r\x1b[0K\n", [[0, 2, 0, ""]]],
    ["groups in groups", "::group::A\n::group::B\nx\n::endgroup::\n::endgroup::\n", [[0, 4, 0, "A"], [1, 3, 1, "B"]]],
    ["a group that stays open", "::group::A\nx\n", [[0, null, 0, "A"]]],
    ["an end without a beginning", "::endgroup::\nx\n", []],
    ["one section ends where the next begins", "section_start:1:a\r\x1b[0KA\nsection_end:2:a\r\x1b[0Ksection_start:2:b\r\x1b[0KB\nx\nsection_end:3:b\r\x1b[0K\n", [[0, 0, 0, ""], [1, 3, 0, ""]]],
    ["an outer section ends what is open in it", "section_start:1:a\r\n::group::B\nsection_end:2:a\r\n", [[0, 2, 0, ""], [1, 2, 1, "B"]]],
    ["a marker within a line is text", "see ::group::\n", []],
  ])("%s", (_, text, expected) => {
    expect(groupsOf(text)).toEqual(expected);
  });

  it("has the section's title in the line itself", () => {
    const buffer = bufferOf("\x1b[0Ksection_start:1:deps\r\x1b[0KInstall dependencies\n");
    expect(buffer.raw(0)).toContain("Install dependencies");
    expect(buffer.note(0).folded).toBe(0);
  });

  it("is found whatever the chunks", () => {
    const text = "a\n::group::G\n\x1b[0Ksection_start:1:s\r\x1b[0KS\nx\n\x1b[0Ksection_end:2:s\r\x1b[0K\n::endgroup::\nz\n";
    const bytes = new TextEncoder().encode(text);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: bytes.length }), (sizes) => {
        const buffer = new LineBuffer();
        for (let at = 0, next = 0; at < bytes.length; at += sizes[next]!, next += 1) buffer.append(bytes.subarray(at, at + sizes[next]!));
        expect(buffer.groups.all).toEqual(bufferOf(text).groups.all);
      }),
    );
  });

  it("knows no other commands", () => {
    expect(markerOf("::error file=a.ts::no")).toBeNull();
    expect(markerOf("##[section]x")).toBeNull();
  });
});

describe("folds", () => {
  const groups = new Groups();
  groups.mark(1, { kind: "open", title: "A", name: "" });
  groups.mark(2, { kind: "open", title: "B", name: "" });
  groups.mark(4, { kind: "close", name: "" });
  groups.mark(6, { kind: "close", name: "" });
  groups.mark(8, { kind: "open", title: "C", name: "" });
  groups.mark(9, { kind: "close", name: "" });

  const shown = (folds: Folds, count: number): number[] =>
    Array.from({ length: folds.rows(count) }, (_, row) => folds.lineOf(row));

  it.each([
    ["nothing", [], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ["an inner group", ["B"], [0, 1, 2, 5, 6, 7, 8, 9, 10]],
    ["an outer group, whatever is in it", ["A", "B"], [0, 1, 7, 8, 9, 10]],
    ["several", ["A", "C"], [0, 1, 7, 8, 10]],
  ])("hides %s", (_, folded, expected) => {
    expect(shown(new Folds(groups.all, ({ title }) => folded.includes(title)), 11)).toEqual(expected);
  });

  it("has for each line a row that is its own or that of its group", () => {
    fc.assert(
      fc.property(fc.subarray(["A", "B", "C"]), fc.integer({ min: 0, max: 10 }), (folded, line) => {
        const folds = new Folds(groups.all, ({ title }) => folded.includes(title));
        const back = folds.lineOf(folds.rowOf(line));
        expect(folds.hides(line) ? back < line : back === line).toBe(true);
        expect(folds.hides(back)).toBe(false);
      }),
    );
  });
});
