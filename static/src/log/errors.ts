/** A guess at the line in which things began to go wrong. Pure. */

import { plain } from "./ansi";
import type { Lines } from "./search";

const ERROR = new RegExp(
  [
    String.raw`^\s*(?:E\s{2,}|✗|✘|×|✖)\s*\S`, // pytest, mocha, vitest, playwright
    String.raw`\b(?:fatal|error|panic|exception|traceback)(?:\[\w+\])?\b\s?[:!(]`,
    String.raw`\b\w+(?:Error|Exception):`,
    String.raw`^\s*(?:FAIL|FAILED|ERROR|FATAL)\b`,
    String.raw`\b(?:npm|yarn|pnpm) ERR!`,
    String.raw`^make(?:\[\d+\])?: \*\*\*`,
    String.raw`command not found|No such file or directory|Permission denied|[Ss]egmentation fault`,
  ].join("|"),
  "i",
);
const HARMLESS = /\b(?:0|no|without|ignor\w+) (?:error|failure|exception|fatal)s?\b|\berrors?: 0\b/i;

export const isError = (text: string): boolean => ERROR.test(text) && !HARMLESS.test(text);

/** The first line at or after `from` that looks like an error, at most `most` lines on; -1 for none. */
export function firstError(lines: Lines, from: number, most: number): number {
  const stop = Math.min(lines.count, from + most);
  for (let line = from; line < stop; line += 1) {
    if (isError(plain(lines.raw(line)))) return line;
  }
  return -1;
}
