/** One line of the log: number, text in its colours with hits marked, and notes. Text is set as text, never as markup. */

import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";

import { t } from "../texts";
import { icon } from "../ui/icon";
import { classesOf, spans } from "./ansi";
import type { LineBuffer } from "./buffer";
import type { Group } from "./groups";
import { marked, type Piece } from "./marks";
import type { Hit } from "./search";

export interface RowLook {
  readonly hits: readonly Hit[];
  readonly needle: string;
  readonly current: Hit | null;
  readonly selected: boolean;
  readonly error: boolean;
  readonly row: number;
  readonly time: string;
  readonly group: { readonly group: Group; readonly open: boolean; readonly note: string } | null;
}

function element(name: string, classes: string, text: string): HTMLElement {
  const made = document.createElement(name);
  if (classes !== "") made.className = classes;
  made.textContent = text;
  return made;
}

function piece({ text, style, mark }: Piece, current: number): Node {
  const coloured = style === 0 ? document.createTextNode(text) : element("span", classesOf(style), text);
  if (mark === -1) return coloured;
  const made = element("mark", mark === current ? "is-current" : "", "");
  made.append(coloured);
  return made;
}

function content(buffer: LineBuffer, line: number, look: RowLook): DocumentFragment {
  const made = document.createDocumentFragment();
  const { spans: coloured } = spans(buffer.raw(line), buffer.styleOf(line));
  const starts = look.hits.map((hit) => hit.start);
  for (const part of marked(coloured, starts, look.needle.length)) made.append(piece(part, look.current?.start ?? -1));
  const { folded, cut } = buffer.note(line);
  if (folded) made.append(element("span", "note", t("log.folded", { count: folded })));
  if (cut) made.append(element("span", "note", t("log.cut", { kib: Math.ceil(cut / 1024) })));
  return made;
}

/** The line that begins a group: its title opens and closes it. */
function heading({ group, open, note }: NonNullable<RowLook["group"]>, own: unknown): TemplateResult {
  return html`<button class="fold" data-group=${group.first} aria-expanded=${open}>
      ${icon(open ? "down" : "right")}${group.title || own}</button
    ><span class="fold-note">${note}</span>`;
}

export function row(buffer: LineBuffer, line: number, look: RowLook): TemplateResult {
  const number = line + 1;
  const classes = `ln${look.selected ? " is-linked" : ""}${look.error ? " ln-err" : ""}${look.group ? " ln-fold" : ""}`;
  // The last line grows: its size and its folded updates tell one content from the next.
  const { folded, cut } = buffer.note(line);
  const facts = [buffer, buffer.size(line), folded, cut, look.needle, look.hits.length, look.current];
  const own = guard(facts, () => content(buffer, line, look));
  // prettier-ignore
  return html`<div class=${classes} id="L${number}" data-line=${line} data-row=${look.row}><a href="#L${number}" data-number=${number} aria-label=${number}></a
    >${look.time ? html`<time>${look.time}</time>` : nothing}<code>${look.group ? heading(look.group, own) : own}</code>${
      look.error ? html`<span class="ln-tag">${icon("close")}${t("log.firstError")}</span>` : nothing
    }</div>`;
}
