import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { LineBuffer } from "../../src/log/buffer";
import { firstError } from "../../src/log/errors";

interface Row {
  readonly tool: string;
  readonly lines: readonly string[];
  readonly first: number | null;
}

// The platform's own guess (pipelines/logs/errors.py) is held to the same rows.
const rows = JSON.parse(
  readFileSync(new URL("../../../tests/pipelines/logs/first_errors.json", import.meta.url), "utf-8"),
) as Row[];

describe("the first error of", () => {
  it.each(rows.map(({ tool, lines, first }) => [tool, lines, first] as const))("%s", (_, lines, first) => {
    const buffer = new LineBuffer();
    buffer.append(new TextEncoder().encode(`${lines.join("\n")}\n`));
    expect(firstError(buffer, 0, buffer.count)).toBe(first ?? -1);
  });
});
