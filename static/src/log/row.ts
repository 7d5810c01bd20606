/** One line of the log as markup: number, text in its colours with hits marked, and notes. */

import { html, nothing, type TemplateResult } from "lit";

import { icon } from "../ui/icon";
import { t } from "../texts";
import { classesOf, spans } from "./ansi";
import type { LineBuffer } from "./buffer";
import { marked, type Piece } from "./marks";
import type { Hit } from "./search";

export interface RowLook {
  readonly hits: readonly Hit[];
  readonly length: number; // of each hit
  readonly current: Hit | null;
  readonly selected: boolean;
  readonly error: boolean;
}

function piece({ text, style, mark }: Piece, current: number): TemplateResult {
  const coloured = style === 0 ? html`${text}` : html`<span class=${classesOf(style)}>${text}</span>`;
  if (mark === -1) return coloured;
  return html`<mark class=${mark === current ? "is-current" : ""}>${coloured}</mark>`;
}

function text(buffer: LineBuffer, line: number, look: RowLook): TemplateResult[] {
  const { spans: coloured } = spans(buffer.raw(line), buffer.styleOf(line));
  const starts = look.hits.map((hit) => hit.start);
  return marked(coloured, starts, look.length).map((part) => piece(part, look.current?.start ?? -1));
}

function notes(buffer: LineBuffer, line: number): TemplateResult | typeof nothing {
  const { folded, cut } = buffer.note(line);
  if (!folded && !cut) return nothing;
  return html`${folded ? html`<span class="note">${t("log.folded", { count: folded })}</span>` : nothing}${cut
    ? html`<span class="note">${t("log.cut", { kib: Math.ceil(cut / 1024) })}</span>`
    : nothing}`;
}

export function row(buffer: LineBuffer, line: number, look: RowLook): TemplateResult {
  const number = line + 1;
  const classes = `ln${look.selected ? " is-linked" : ""}${look.error ? " ln-err" : ""}`;
  // prettier-ignore
  return html`<div class=${classes} id="L${number}" data-line=${line}><a href="#L${number}" data-number=${number}></a
    ><code>${text(buffer, line, look)}${notes(buffer, line)}</code>${
      look.error ? html`<span class="ln-tag">${icon("close")}${t("log.firstError")}</span>` : nothing
    }</div>`;
}
