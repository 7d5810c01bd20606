/** Where line `number` (from 1) of `text` begins and ends. Pure. */
export function lineSpan(text: string, number: number): readonly [number, number] {
  let start = 0;
  for (let line = 1; line < number; line += 1) {
    const next = text.indexOf("\n", start);
    if (next === -1) break;
    start = next + 1;
  }
  const end = text.indexOf("\n", start);
  return [start, end === -1 ? text.length : end];
}
