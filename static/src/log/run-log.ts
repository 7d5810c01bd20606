/** `<run-log>`: one log, virtual from the first line. Shows a `LineBuffer`; says `lines-select` and `log-follow`. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import type { Shown } from "../run/execution";
import type { LineRange } from "../run/position";
import type { RunMatches } from "../run/run-search";
import { t } from "../texts";
import { icon } from "../ui/icon";
import { LineBuffer } from "./buffer";
import { lines, seconds, timeChoice, tool, wholeRun } from "./bar";
import { copyText, textOf } from "./copy";
import { Finder } from "./finder";
import { Folding } from "./folding";
import type { Group } from "./groups";
import { head, nothingToShow, pill } from "./head";
import { ROW } from "./heights";
import { row } from "./row";
import { Scroller, type Window } from "./scroller";
import { hitsOf, type Hit } from "./search";
import { shownTime, type TimeMode, type Times } from "./times";

const CELL = 7.25; // px of a character, for heights of rows not yet measured
const MARGINS = 90; // px of a row that hold no text
const TIME = 96; // px of the column with times
const MOST_PINNED = 3000; // rows kept drawn so that a selection survives scrolling

export class RunLog extends LitElement {
  @property({ attribute: false }) buffer: LineBuffer | null = null;
  @property({ attribute: false }) sealed = false;
  @property({ attribute: false }) heading = "";
  @property({ attribute: false }) detail = "";
  @property({ attribute: false }) shown: Shown | null = null;
  @property({ attribute: false }) share: number | null = null;
  @property({ attribute: false }) why = "";
  @property({ attribute: false }) aside = "";
  @property({ attribute: false }) download = "";
  @property({ attribute: false }) lines: LineRange | null = null;
  @property({ attribute: false }) times: Times | null = null;
  @property({ attribute: false }) start: number | null = null; // of the step, in ms since 1970
  @property({ attribute: false }) inRun: RunMatches | null = null; // of what is searched here, in all steps

  @state() private wraps = localStorage.getItem("log.wrap") !== "0";
  @state() private told = "";
  @state() private mode = (localStorage.getItem("log.time") ?? "clock") as TimeMode;
  @query(".log") private box!: HTMLElement | null;
  @query(".find input") private field!: HTMLInputElement | null;

  private scroller = new Scroller((row) => this.estimate(row));
  private folds = new Folding(null, this.scroller);
  private finder: Finder | null = null;
  private frame: number | null = null;
  private seen = 0; // lines there were when following stopped
  private goal: number | null = null; // a line to go to once it is there
  private pinned: LineRange | null = null;
  private revealed: Hit | null = null; // the hit last gone to
  private jump: 1 | -1 | 0 = 0; // go to the first or last hit once it is found
  private error = -1; // the first error, once its groups were opened
  private readonly sizes = new ResizeObserver(() => {
    this.scroller.resized();
    this.requestUpdate();
  });
  private readonly selecting = (): void => this.pinSelection();

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("selectionchange", this.selecting);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("selectionchange", this.selecting);
    this.sizes.disconnect();
    this.finder?.stop();
  }

  /** Light DOM, so that console.css applies; what the server drew for readers without scripts goes. */
  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren();
    return this;
  }

  /** Bytes were added to the buffer. However often that happens, lines are drawn once a frame. */
  grown(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.folds.grown(!this.scroller.following && (this.box?.scrollTop ?? 0) > 0);
      this.finder?.grown();
      this.requestUpdate();
    });
  }

  follow(): void {
    this.scroller.following = true;
    this.requestUpdate();
  }

  find(): void {
    this.field?.focus();
    this.field?.select();
  }

  stepHit(way: 1 | -1): void {
    const { finder } = this;
    if (finder === null) return;
    const beyond = way === 1 ? finder.current + 1 >= finder.hits.length : finder.current <= 0;
    if (beyond && finder.needle !== "" && this.elsewhere > 0) {
      this.dispatchEvent(new CustomEvent("log-elsewhere", { detail: way, bubbles: true }));
      return;
    }
    const hit = finder.step(way);
    if (hit) this.reveal(hit.line);
  }

  /** Go to the first hit (1) or the last (-1) of the log that comes next. */
  goToHit(way: 1 | -1): void {
    this.jump = way;
  }

  /** Matches in other steps of the run. */
  private get elsewhere(): number {
    return this.inRun === null ? 0 : this.inRun.steps.filter(({ log }) => !this.isShown(log)).length;
  }

  private readonly isShown = (log: string): boolean => this.download.endsWith(`/${log}`);
  private readonly goToStep = (step: string): void => {
    this.dispatchEvent(new CustomEvent("log-step", { detail: step, bubbles: true }));
  };

  firstError(): void {
    this.finder?.findError((line) => {
      if (line === -1) this.tell(t("log.noError"));
      else this.reveal(line);
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("buffer")) this.opened();
    if (changed.has("sealed") && this.sealed) this.finder?.end();
    if (changed.has("lines") && this.lines !== null) this.goal = this.lines.first - 1;
  }

  private opened(): void {
    this.finder?.stop();
    this.finder = this.buffer && new Finder(this.buffer, () => this.found());
    if (this.finder !== null) this.finder.ended = this.sealed;
    if (this.shown !== "success") this.finder?.findError();
    this.scroller = new Scroller((row) => this.estimate(row));
    this.folds = new Folding(this.buffer, this.scroller);
    this.scroller.following = this.shown !== "success";
    if (this.box !== null) this.scroller.attach(this.box);
    this.scroller.measure(this.wraps);
    this.error = -1;
    this.folds.grown(false);
    this.goal = this.lines === null ? null : this.lines.first - 1;
    this.pinned = null;
    const text = this.field?.value ?? "";
    if (text !== "") this.finder?.find(text, 0);
  }

  protected override firstUpdated(): void {
    if (this.box === null) return;
    this.scroller.attach(this.box);
    this.sizes.observe(this.box);
    this.requestUpdate();
  }

  protected override updated(): void {
    const count = this.buffer?.count ?? 0;
    if (this.goal !== null && (this.goal < count || this.sealed)) {
      const line = Math.min(this.goal, count - 1);
      this.goal = null;
      if (line >= 0) this.reveal(line);
    }
    if (this.scroller.following) this.seen = count;
    if (this.scroller.drawn(this.querySelectorAll<HTMLElement>(".ln"))) this.requestUpdate();
  }

  protected override render(): TemplateResult {
    return html`
      <div class="pane-head">${head(this, this.told, this.hasError, () => this.firstError())}</div>
      <div class="pane-head log-bar">${this.bar()}</div>
      <div
        class="log ${this.wraps ? "" : "is-nowrap"} ${this.timed ? "has-times" : ""}"
        role="log"
        aria-live="off"
        aria-label=${t("log.label", { step: this.heading })}
        tabindex="0"
        .style=${`--gutter:${Math.max(4, String(this.buffer?.count ?? 0).length) * CELL + 8}px`}
        @scroll=${this.scrolled}
        @click=${this.clicked}
        @copy=${this.copied}
      >${this.rows()}</div>
      ${this.pill()}
    `;
  }

  private bar(): TemplateResult {
    const hits = this.finder?.hits.length ?? 0;
    const none = hits === 0 && this.elsewhere === 0;
    const label = this.finder?.searching ? "log.searching" : "log.hits";
    return html`<div class="input input-s find">
        ${icon("search", "i-s")}
        <input type="search" placeholder=${t("log.find")} aria-label=${t("log.find")}
          @input=${this.typed} @keydown=${this.pressed} />
        ${this.finder?.needle
          ? html`<span class="hits" role="status"
              >${t(label, { current: (this.finder.current ?? -1) + 1, total: hits })}</span>`
          : html`<kbd class="wide-only">/</kbd>`}
        ${tool("up", t("log.previous"), () => this.stepHit(-1), none)}
        ${tool("down", t("log.next"), () => this.stepHit(1), none)}
      </div>
      ${this.inRun === null ? html`<span class="muted small num wide-only">${lines(this.buffer?.count ?? 0)}</span>` : wholeRun(this.inRun, hits, this.isShown, this.goToStep)}
      <span class="spacer"></span>
      ${timeChoice(this.mode, this.chooseTime)}
      <button class="tool" title=${t("log.wrap")} aria-label=${t("log.wrap")} aria-pressed=${this.wraps}
        @click=${this.toggleWrap}>${icon("wrap")}</button>
      ${tool("copy", t("log.copy"), () => this.copy(), !this.buffer?.count)}`;
  }

  /** Only where there is one: a step that went well may print "error:" and mean nothing by it. */
  private get hasError(): boolean {
    return this.shown !== "success" && this.finder !== null && this.finder.error !== -1;
  }

  private get timed(): boolean {
    return this.mode !== "none" && this.times?.first != null;
  }

  private timeOf(line: number): string {
    if (!this.timed) return "";
    return shownTime(this.times!.at(this.buffer!.offsetOf(line)), this.mode, this.start ?? this.times!.first);
  }

  private groupAt(line: number): { group: Group; open: boolean; note: string } | null {
    const { buffer, times } = this;
    const group = buffer!.groups.at(line);
    if (group === null) return null;
    const from = times?.at(buffer!.offsetOf(line)) ?? null;
    const to = group.last === null ? null : (times?.at(buffer!.offsetOf(group.last)) ?? null);
    const taken = from === null || to === null ? "" : `, ${seconds(to - from)}`;
    const note = group.last === null ? "" : lines(Math.max(0, group.last - line - 1)) + taken;
    return { group, open: this.folds.isOpen(line), note };
  }

  private rows(): TemplateResult {
    const { buffer, finder } = this;
    if (buffer === null || buffer.count === 0) return html`<p class="log-empty muted">${nothingToShow(this)}</p>`;
    const window = this.withPinned(this.scroller.window());
    const shown = Array.from({ length: window.last - window.first }, (_, index) => window.first + index);
    const current = finder?.hits[finder.current] ?? null;
    return html`<div class="log-size" .style=${`height:${window.height}px`}></div>
      <div class="log-rows" .style=${`transform:translateY(${window.y}px)`}>${repeat(
        shown.map((row) => ({ row, line: this.folds.lineOf(row) })),
        ({ line }) => line,
        ({ row: place, line }) =>
          row(buffer, line, {
            row: place,
            time: this.timeOf(line),
            group: this.groupAt(line),
            hits: finder ? hitsOf(finder.hits, line) : [],
            needle: finder?.needle ?? "",
            current: current?.line === line ? current : null,
            selected: this.lines !== null && line + 1 >= this.lines.first && line + 1 <= this.lines.last,
            error: this.shown !== "success" && finder?.error === line,
          }),
      )}</div>`;
  }

  private pill(): TemplateResult | typeof nothing {
    if (this.scroller.following || this.sealed || !this.buffer?.count) return nothing;
    return pill(this.buffer.count - this.seen, () => this.follow());
  }

  /** Rows that hold the two ends of a selection stay drawn, so that it can be copied after scrolling. */
  private withPinned(window: Window): Window {
    if (this.pinned === null) return window;
    const first = Math.min(window.first, this.folds.rowOf(this.pinned.first));
    const last = Math.max(window.last, this.folds.rowOf(Math.min(this.pinned.last, this.buffer!.count - 1)) + 1);
    if (last - first > MOST_PINNED) return window;
    return { ...window, first, last, y: window.y - this.scroller.between(first, window.first) };
  }

  private pinSelection(): void {
    const selection = document.getSelection();
    const line = (node: Node | null): number | null => {
      const element = node instanceof Element ? node : node?.parentElement;
      const found = element?.closest<HTMLElement>(".ln");
      return found && this.contains(found) ? Number(found.dataset["line"]) : null;
    };
    const from = line(selection?.anchorNode ?? null);
    const to = line(selection?.focusNode ?? null);
    const open = selection !== null && !selection.isCollapsed && from !== null && to !== null;
    this.pinned = open ? { first: Math.min(from, to), last: Math.max(from, to) } : null;
  }

  private estimate(row: number): number {
    const line = this.folds.lineOf(row);
    const cells = Math.max(20, ((this.box?.clientWidth ?? 800) - MARGINS - (this.timed ? TIME : 0)) / CELL);
    return ROW * Math.max(1, Math.ceil((this.buffer?.size(line) ?? 0) / cells));
  }

  private reveal(line: number): void {
    if (this.scroller.following) this.seen = this.buffer?.count ?? 0;
    this.folds.uncover(line);
    this.scroller.reveal(this.folds.rowOf(line), "middle");
    this.requestUpdate();
  }

  private found(): void {
    const { finder } = this;
    if (finder !== null && finder.error !== -1 && this.error !== finder.error) this.folds.uncover((this.error = finder.error));
    if (finder !== null && this.jump !== 0 && finder.hits.length > 0 && (this.jump === 1 || !finder.searching)) {
      finder.current = this.jump === 1 ? 0 : finder.hits.length - 1;
      this.jump = 0;
      this.reveal(finder.hits[finder.current]!.line);
    }
    const hit = this.finder?.hits[this.finder.current];
    if (hit && this.revealed !== hit && this.field === document.activeElement) this.reveal(hit.line);
    this.revealed = hit ?? null;
    this.requestUpdate();
  }

  private scrolled(): void {
    if (this.scroller.scrolled() && !this.scroller.following) this.seen = this.buffer?.count ?? 0;
    this.requestUpdate();
  }

  private clicked(event: MouseEvent): void {
    const fold = (event.target as Element).closest<HTMLElement>("button[data-group]");
    if (fold !== null) return this.toggleGroup(Number(fold.dataset["group"]));
    const link = (event.target as Element).closest<HTMLElement>("a[data-number]");
    if (link === null) return;
    event.preventDefault();
    const number = Number(link.dataset["number"]);
    const other = event.shiftKey && this.lines !== null ? this.lines.first : number;
    const range = { first: Math.min(other, number), last: Math.max(other, number) };
    this.dispatchEvent(new CustomEvent("lines-select", { detail: range, bubbles: true }));
    this.goal = null;
  }

  private toggleGroup(first: number): void {
    this.scroller.following = false;
    this.folds.toggle(first);
    this.requestUpdate();
  }

  private typed(event: Event): void {
    const text = (event.target as HTMLInputElement).value;
    this.finder?.find(text, this.folds.lineOf(this.scroller.topRow));
    this.dispatchEvent(new CustomEvent("log-search", { detail: text, bubbles: true }));
  }

  private readonly chooseTime = (event: Event): void => {
    this.mode = (event.target as HTMLSelectElement).value as TimeMode;
    localStorage.setItem("log.time", this.mode);
    this.scroller.measure(this.wraps);
  };

  private pressed(event: KeyboardEvent): void {
    if (event.key === "Enter") this.stepHit(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") this.box?.focus();
  }

  private toggleWrap(): void {
    this.wraps = !this.wraps;
    localStorage.setItem("log.wrap", this.wraps ? "1" : "0");
    this.scroller.measure(this.wraps);
  }

  private copied(event: ClipboardEvent): void {
    if (!document.getSelection()?.isCollapsed || this.lines === null) return;
    event.clipboardData?.setData("text/plain", textOf(this.buffer, this.lines));
    event.preventDefault();
  }

  private copy(): void {
    const range = this.lines ?? { first: 1, last: this.buffer?.count ?? 0 };
    copyText(textOf(this.buffer, range));
    const count = range.last - range.first + 1;
    this.tell(count === 1 ? t("log.copiedLine") : t("log.copiedLines", { count: count.toLocaleString() }));
  }

  private tell(text: string): void {
    this.told = text;
    setTimeout(() => (this.told = ""), 3000);
  }
}

customElements.define("run-log", RunLog);
declare global {
  interface HTMLElementTagNameMap {
    "run-log": RunLog;
  }
}
