import { describe, expect, it } from "vitest";

import { lineSpan } from "../../src/ui/line-span";

describe("a line of a text", () => {
  it.each([
    ["the first", "ab\ncd", 1, "ab"],
    ["the last, without a line feed", "ab\ncd", 2, "cd"],
    ["an empty one", "ab\n\ncd", 2, ""],
    ["the last one when there are fewer", "ab\ncd", 9, "cd"],
  ])("is %s", (_, text, number, line) => {
    expect(text.slice(...lineSpan(text, number))).toBe(line);
  });
});
