import { describe, expect, it } from "vitest";

import { LineBuffer } from "../../src/log/buffer";
import { shownTime, since, Times } from "../../src/log/times";

describe("times", () => {
  const times = new Times();
  times.add([[0, 1000], [10, 2000]]);
  times.add([[10, 2000], [20, 3000, 1]]);

  it.each([
    [0, 1000],
    [9, 1000],
    [10, 2000],
    [19, 2000],
    [500, 3000],
  ])("the byte at %i has the last time at or before it", (offset, expected) => {
    expect(times.at(offset)).toBe(expected);
  });

  it("knows nothing before the first", () => {
    const late = new Times();
    late.add([[5, 1000]]);
    expect(late.at(4)).toBeNull();
  });

  it.each([
    [1500, "0:00.500"],
    [62_345, "1:01.345"],
    [3_662_000, "1:01:01.000"],
    [0, "0:00.000"],
  ])("%i ms is shown as %s since the start", (ms, expected) => {
    expect(since(ms, 1000)).toBe(expected);
  });

  it("shows nothing where nothing is known or wanted", () => {
    expect(shownTime(null, "clock", 0)).toBe("");
    expect(shownTime(5, "none", 0)).toBe("");
    expect(shownTime(5, "clock", 0)).toMatch(/^\d\d:\d\d:\d\d\.005$/);
  });
});

it("a line begins at the offset of its first byte, also when it was overwritten", () => {
  const buffer = new LineBuffer();
  for (const chunk of ["one\n10%\r2", "0%\r\nend", "\nlast"]) buffer.append(new TextEncoder().encode(chunk));
  expect([0, 1, 2, 3].map((line) => buffer.offsetOf(line))).toEqual([0, 4, 13, 17]);
});
