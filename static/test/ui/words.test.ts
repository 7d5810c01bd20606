import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { duration, fill, reasonText, TEXTS } from "../../src/texts";
import { relative } from "../../src/ui/relative";

describe("sentences with holes", () => {
  it.each<[string, string, Parameters<typeof fill>[1], string]>([
    ["are filled", "{a} of {b}", { a: 1, b: "two" }, "1 of two"],
    ["join lists", "used by {runs}", { runs: ["#1", "#2"] }, "used by #1, #2"],
    ["keep holes nobody fills", "{a}", {}, "{a}"],
    ["do not fill what was filled in", "{a}", { a: "{b}", b: "x" }, "{b}"],
  ])("%s", (_, template, holes, expected) => {
    expect(fill(template, holes)).toBe(expected);
  });

  it("say the code of a reason nobody has words for", () => {
    expect(reasonText({ code: "NewReason" })).toBe("NewReason");
    expect(reasonText(null)).toBe("");
  });

  it("have balanced holes", () => {
    for (const text of Object.values(TEXTS)) expect(text.replace(/\{\w+\}/g, "")).not.toMatch(/[{}]/);
  });
});

describe("durations", () => {
  it.each([
    [0, "0.0s"],
    [0.349, "0.3s"],
    [2.3, "2.3s"],
    [9.999, "9.9s"],
    [10, "10s"],
    [41.9, "41s"],
    [64, "1m 04s"],
    [7500, "2h 05m"],
  ])("%d seconds", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe("moments", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");

  it.each([
    [20, "now"],
    [6 * 60, "6 min. ago"],
    [12 * 3600, "12 hr. ago"],
    [86_400, "yesterday"],
  ])("%d seconds ago", (seconds, text) => {
    expect(relative(now - seconds * 1000, now, "en")).toBe(text);
  });

  it("have words in every language", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (seconds) => {
        expect(relative(now + seconds * 1000, now, "zh-hans")).not.toBe("");
      }),
    );
  });
});
