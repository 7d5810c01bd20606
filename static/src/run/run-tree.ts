/** `<run-tree>`: stages and steps as a list with reasons. Says `step-select` with a StepId. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";

import { graphModel, type StageNode, type StepNode } from "../graph/model";
import { t } from "../texts";
import { icon, stateIcon } from "../ui/icon";
import { logId, sameStep, type Execution, type StepId } from "./execution";
import { moved, rows, type Row } from "./tree";

export class RunTree extends LitElement {
  @property({ attribute: false }) execution: Execution | null = null;
  @property({ attribute: false }) selected: StepId | null = null;
  @property({ attribute: false }) now = Date.now();
  @property({ attribute: false }) firstErrors: ReadonlyMap<string, string> = new Map(); // by log id

  @state() private filter = "";
  @state() private closed: ReadonlySet<number> = new Set();

  /** Light DOM, so that console.css applies; what the server drew for readers without scripts goes. */
  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren();
    return this;
  }

  /** The step before or after the chosen one. */
  next(way: 1 | -1): StepId | null {
    return this.execution === null ? null : moved(graphModel(this.execution, this.now), this.selected, way);
  }

  show(step: StepId): void {
    this.closed = new Set([...this.closed].filter((stage) => stage !== step.stage));
    void this.updateComplete.then(() => {
      this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
    });
  }

  protected override render(): TemplateResult {
    const shown = this.execution === null ? [] : rows(graphModel(this.execution, this.now), this.closed, this.filter);
    return html`<div class="pane-head">
        <label class="input input-s">${icon("search", "i-s")}<input
            type="search" placeholder=${t("tree.find")} aria-label=${t("tree.find")} @input=${this.filtered} /></label>
      </div>
      <div class="tree" role="tree" aria-label=${t("tree.label")} @keydown=${this.pressed}>
        ${shown.map((row) => this.row(row))}
        ${shown.length === 0 && this.filter ? html`<p class="tree-none muted small">${t("tree.none")}</p>` : nothing}
      </div>`;
  }

  private row(row: Row): TemplateResult {
    return row.kind === "stage" ? this.stage(row.stage, row.open) : this.step(row.step);
  }

  private stage(stage: StageNode, open: boolean): TemplateResult {
    return html`<div class="tree-row" role="treeitem" aria-level="1" aria-expanded=${open} tabindex="-1"
      @click=${() => this.toggle(stage.index)}>
      ${icon(open ? "down" : "right", "i-s")}${stateIcon(stage.state)}
      <span class="name cut">${stage.name}</span>
      <span class="end"><span class="vh">${t(`state.${stage.state}`)} </span>${stage.note}</span>
      ${stage.why && !open ? html`<span class="why">${stage.why}</span>` : nothing}
    </div>`;
  }

  private step(step: StepNode): TemplateResult {
    const chosen = sameStep(step.id, this.selected);
    return html`<div class="tree-row" role="treeitem" aria-level="2" aria-selected=${chosen} tabindex=${chosen ? 0 : -1}
      @click=${() => this.choose(step.id)}>
      ${stateIcon(step.state, step.share)}
      <span class="name cut">${step.name}</span>
      <span class="end"><span class="vh">${t(`state.${step.state}`)} </span>${aside(step.aside)}${step.time}</span>
      ${step.why ? html`<span class="why">${step.why}${this.firstError(step)}</span>` : nothing}
    </div>`;
  }

  private firstError(step: StepNode): string {
    const text = this.execution && this.firstErrors.get(logId(this.execution, step.id));
    return step.state === "failed" && text ? `: ${text}` : "";
  }

  private choose(step: StepId): void {
    this.dispatchEvent(new CustomEvent("step-select", { detail: step, bubbles: true }));
  }

  private toggle(stage: number): void {
    const closed = new Set(this.closed);
    if (!closed.delete(stage)) closed.add(stage);
    this.closed = closed;
  }

  private filtered(event: Event): void {
    this.filter = (event.target as HTMLInputElement).value;
  }

  private pressed(event: KeyboardEvent): void {
    const way = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const next = way === 0 ? null : this.next(way);
    if (next === null) return;
    event.preventDefault();
    this.choose(next);
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-selected="true"]')?.focus());
  }
}

/** What is worth knowing but must not push anything aside. */
const aside = (text: string): TemplateResult | typeof nothing =>
  text ? html`<span class="aside" title=${text}>${icon("info", "i-s")}<span class="vh">${text} </span></span>` : nothing;

customElements.define("run-tree", RunTree);
declare global {
  interface HTMLElementTagNameMap {
    "run-tree": RunTree;
  }
}
