import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { formatPosition, parseLines, parsePosition, type Position } from "../../src/run/position";

const positions: fc.Arbitrary<Position> = fc.record({
  step: fc.option(fc.record({ stage: fc.nat(9999), step: fc.nat(9999) })),
  attempt: fc.option(fc.integer({ min: 1, max: 999 })),
  lines: fc.option(
    fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.nat(500)).map(([first, more]) => ({ first, last: first + more })),
  ),
});

describe("an address", () => {
  it("says where one was", () => {
    fc.assert(
      fc.property(positions, (position) => {
        const url = new URL(formatPosition(position, "?other=1"), "http://console/run");
        expect(parsePosition(url.search, url.hash)).toEqual(position);
        expect(url.searchParams.get("other")).toBe("1");
      }),
    );
  });

  it("may name stage and step apart", () => {
    expect(parsePosition("?stage=2&step=1", "").step).toEqual({ stage: 2, step: 1 });
    expect(parsePosition("?stage=2", "").step).toEqual({ stage: 2, step: 0 });
  });

  it.each(["?step=x", "?step=1", "?step=1.", "?step=1.2.3", "?step=-1.0", "?attempt=0", "?attempt=1e9", "?step=<b>"])(
    "that makes no sense is no place: %s",
    (search) => {
      expect(parsePosition(search, "#L0")).toEqual({ step: null, attempt: null, lines: null });
    },
  );

  it.each([
    ["#L7", { first: 7, last: 7 }],
    ["#L7-L9", { first: 7, last: 9 }],
    ["#L9-L7", { first: 7, last: 9 }],
    ["#L7-9", { first: 7, last: 9 }],
    ["#L", null],
    ["#L0", null],
    ["#main", null],
    ["", null],
  ])("has lines in %s", (hash, expected) => {
    expect(parseLines(hash)).toEqual(expected);
  });
});
