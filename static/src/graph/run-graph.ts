/** `<run-graph>`: the whole plan with its states, at once. Says `step-select` with a StepId. */

import { html, LitElement, nothing, svg, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";

import { sameStep, type Execution, type StepId } from "../run/execution";
import { pageData, t } from "../texts";
import { stateIcon } from "../ui/icon";
import { layout, RUN } from "./layout";
import { graphModel, neighbour, type Direction, type GraphModel, type StageNode, type StepNode } from "./model";

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

export class RunGraph extends LitElement {
  /** Id of a `json_script` element with the execution, for a page without `<run-page>`. */
  @property() data = "";
  @property({ attribute: false }) execution: Execution | null = null;
  @property({ attribute: false }) selected: StepId | null = null;
  @property({ attribute: false }) now = Date.now();

  private model: GraphModel = { stages: [] };

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.data !== "" && this.execution === null) this.execution = pageData<Execution>(this.data) as Execution;
  }

  /** Light DOM, so that console.css applies; what the server drew for readers without scripts goes. */
  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren();
    return this;
  }

  protected override willUpdate(): void {
    this.model = this.execution === null ? { stages: [] } : graphModel(this.execution, this.now);
  }

  protected override render(): TemplateResult {
    if (this.model.stages.length === 0) return html`<p class="muted small">${t("graph.none")}</p>`;
    return html`<div class="graph-scroll">
        <div class="graph" @keydown=${this.moved}>${this.wires()}${this.model.stages.map((stage) => this.stage(stage))}</div>
      </div>
      <nav class="rail" aria-label=${t("graph.label")}>${this.model.stages.map((stage) => this.stop(stage))}</nav>`;
  }

  /** Draw the chosen card in sight after it was chosen elsewhere. */
  show(step: StepId): void {
    void this.updateComplete.then(() => {
      this.card(step)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  }

  private wires(): TemplateResult {
    const lay = layout(
      this.model.stages.map((stage) => ({ rows: stage.steps.length, begun: stage.begun })),
      RUN,
    );
    return html`<svg class="wires" width=${lay.width} height=${lay.height} aria-hidden="true">
      ${svg`<path d=${lay.done}></path><path class="ahead" d=${lay.ahead}></path>`}
    </svg>`;
  }

  private stage(stage: StageNode): TemplateResult {
    return html`<div class="stage" role="group" aria-label=${stage.name}>
      <div class="stage-name" title=${stage.why || stage.name}><b class="cut">${stage.name}</b><span>${stage.note}</span></div>
      ${stage.steps.map((step) => this.node(step))}
    </div>`;
  }

  private node(step: StepNode): TemplateResult {
    const chosen = sameStep(step.id, this.selected);
    const first = this.selected === null && step.id.stage === 0 && step.id.step === 0;
    return html`<button
      class="node s-${step.state}"
      data-step="${step.id.stage}.${step.id.step}"
      aria-current=${chosen ? "step" : nothing}
      tabindex=${chosen || first ? 0 : -1}
      title=${[`${step.name}: ${step.note}`, step.aside].filter(Boolean).join("\n")}
      @click=${() => this.choose(step.id)}
    >${stateIcon(step.state, step.share)}<span
        ><b>${step.name}</b><small><span class="vh">${t(`state.${step.state}`)}, </span>${step.note}</small></span
      ></button>`;
  }

  /** A stage on the rail that stands for the graph on a narrow screen. */
  private stop(stage: StageNode): TemplateResult {
    const here = this.selected?.stage === stage.index;
    return html`<button
      class=${stage.begun ? "" : "is-ahead"}
      aria-current=${here ? "step" : nothing}
      ?disabled=${stage.steps.length === 0}
      @click=${() => this.choose({ stage: stage.index, step: 0 })}
    >${stateIcon(stage.state)}<span class="cut"><span class="vh">${t(`state.${stage.state}`)} </span>${stage.name}</span></button>`;
  }

  private choose(step: StepId): void {
    this.dispatchEvent(new CustomEvent("step-select", { detail: step, bubbles: true }));
  }

  private moved(event: KeyboardEvent): void {
    const direction = ARROWS[event.key];
    const at = (event.target as Element).closest<HTMLElement>("[data-step]")?.dataset["step"]?.split(".").map(Number);
    if (direction === undefined || at === undefined) return;
    event.preventDefault();
    const next = neighbour(this.model, { stage: at[0]!, step: at[1]! }, direction);
    if (next !== null) this.card(next)?.focus();
  }

  private card({ stage, step }: StepId): HTMLElement | null {
    return this.querySelector<HTMLElement>(`[data-step="${stage}.${step}"]`);
  }
}

customElements.define("run-graph", RunGraph);
declare global {
  interface HTMLElementTagNameMap {
    "run-graph": RunGraph;
  }
}

