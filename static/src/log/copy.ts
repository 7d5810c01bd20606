import type { LineRange } from "../run/position";
import { plain } from "./ansi";
import type { LineBuffer } from "./buffer";

/** Put text on the clipboard. The clipboard API is missing on plain HTTP, the copy event is always there. */
export function copyText(text: string): void {
  const put = (event: ClipboardEvent): void => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("copy", put, { capture: true, once: true });
  document.execCommand("copy");
  document.removeEventListener("copy", put, { capture: true });
}

/** The lines of a range, which counts from 1, without colours. */
export function textOf(buffer: LineBuffer | null, { first, last }: LineRange): string {
  if (buffer === null) return "";
  const parts: string[] = [];
  for (let line = first - 1; line < Math.min(last, buffer.count); line += 1) parts.push(plain(buffer.raw(line)));
  return parts.join("\n") + "\n";
}
