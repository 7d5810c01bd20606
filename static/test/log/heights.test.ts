import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { contentTop, EvenHeights, MeasuredHeights, scrollTopFor, TALLEST } from "../../src/log/heights";

const heightsOf = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 3000 });

describe("measured rows", () => {
  it("begin where the ones before end, after any change", () => {
    fc.assert(
      fc.property(heightsOf, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 300 })), { maxLength: 30 }), (own, changes) => {
        const heights = new MeasuredHeights();
        for (const height of own) heights.push(height);
        const plain = [...own];
        for (const [at, height] of changes) {
          plain[at % plain.length] = height;
          heights.set(at % plain.length, height);
        }
        let top = 0;
        for (let row = 0; row < plain.length; row += 1) {
          expect(heights.top(row)).toBe(top);
          expect(heights.at(top)).toBe(row);
          expect(heights.at(top + plain[row]! - 1)).toBe(row);
          top += plain[row]!;
        }
        expect(heights.total).toBe(top);
        expect(heights.at(top + 1000)).toBe(plain.length - 1);
      }),
      { numRuns: 40 },
    );
  });

  it("tell by how much they changed", () => {
    const heights = new MeasuredHeights();
    heights.push(20);
    expect(heights.set(0, 60)).toBe(40);
    expect(heights.set(0, 60)).toBe(0);
  });
});

describe("even rows", () => {
  it("answer the last row for what lies below", () => {
    expect(new EvenHeights(3).at(1000)).toBe(2);
  });
});

describe("a scroll bar shorter than the content", () => {
  const total = 10 * TALLEST;
  it("reaches both ends", () => {
    expect(contentTop(0, total, 600)).toBe(0);
    expect(contentTop(TALLEST - 600, total, 600)).toBeCloseTo(total - 600);
  });

  it("goes back to where it came from", () => {
    expect(scrollTopFor(contentTop(1234, total, 600), total, 600)).toBeCloseTo(1234);
  });

  it("is a ruler while the content is short", () => {
    expect(contentTop(1234, TALLEST, 600)).toBe(1234);
  });
});
