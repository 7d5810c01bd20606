/** A guess at the line in which things began to go wrong. Pure. */

import { plain } from "./ansi";
import { BLOCK, type Lines } from "./search";

// The platform guesses alike (pipelines/logs/errors.py); tests/pipelines/logs/first_errors.json holds both to it.
const ERROR = new RegExp(
  [
    String.raw`^\s*(?:E\s{2,}|✗|✘|×|✖)\s*\S`, // pytest, mocha, vitest, playwright
    String.raw`\b(?:fatal|error|panic|exception|traceback)(?:\[\w+\])?\b(?: TS\d+)?\s?[:!(]`,
    String.raw`\b\w+(?:Error|Exception)\b(?::|$)`,
    String.raw`^\s*(?:FAIL|FAILED|ERROR|FATAL)\b(?![-=_.])`,
    String.raw`^\s*(?:##)?\[(?:ERROR|FATAL)\]|^::error\b`, // Maven, Azure and GitHub
    String.raw`^\s*--- FAIL\b`, // go test
    String.raw`^[\w./-]+\.go:\d+:\d+: `, // go build and vet
    String.raw`\b(?:npm|yarn|pnpm) (?:ERR!|error\b)`,
    String.raw`^make(?:\[\d+\])?: \*\*\*`,
    "command not found|: not found$|No such file or directory|Permission denied|segmentation fault",
  ].join("|"),
  "im",
);
const HARMLESS = /\b(?:0|no|without|ignor\w+) (?:error|failure|exception|fatal)s?\b|\berrors?: 0\b/i;

export const isError = (text: string): boolean => ERROR.test(text) && !HARMLESS.test(text);

/** The first line from `from` up to `to` that looks like an error; -1 for none. */
export function firstError(lines: Lines, from: number, to: number): number {
  for (let line = from; line < to; ) {
    const { text, next } = lines.block(line, Math.min(BLOCK, to - line));
    const found = ERROR.test(plain(text)) ? firstIn(lines, line, next) : -1;
    if (found !== -1) return found;
    line = next;
  }
  return -1;
}

function firstIn(lines: Lines, from: number, to: number): number {
  for (let line = from; line < to; line += 1) {
    if (isError(plain(lines.raw(line)))) return line;
  }
  return -1;
}
