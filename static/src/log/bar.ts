/** Parts of the log's bar: buttons, counts, the choice of times, matches in the whole run. */

import { html, type TemplateResult } from "lit";

import type { RunMatches } from "../run/run-search";
import { duration, t } from "../texts";
import { icon } from "../ui/icon";
import { MODES, type TimeMode } from "./times";

export const tool = (name: string, label: string, run: () => void, disabled = false): TemplateResult =>
  html`<button class="tool" title=${label} aria-label=${label} ?disabled=${disabled} @click=${run}>${icon(name)}</button>`;

export const lines = (count: number): string =>
  count === 1 ? t("log.line") : t("log.lines", { count: count.toLocaleString() });

export const newLines = (count: number): string =>
  count === 1 ? t("log.newLine") : count > 1 ? t("log.newLines", { count: count.toLocaleString() }) : "";

export const seconds = (ms: number): string =>
  ms < 60_000 ? t("time.seconds", { s: (ms / 1000).toFixed(1) }) : duration(ms / 1000);

export const timeChoice = (chosen: TimeMode, choose: (event: Event) => void): TemplateResult =>
  html`<select class="select select-s wide-only" aria-label=${t("log.time")} @change=${choose}>
    ${MODES.map((mode) => html`<option value=${mode} ?selected=${mode === chosen}>${t(`log.time.${mode}`)}</option>`)}
  </select>`;

/** How often in the whole run, and a list of the steps. `choose` is told a step as `1.0`. */
export function wholeRun(
  { total, steps }: RunMatches,
  here: number,
  isShown: (log: string) => boolean,
  choose: (step: string) => void,
): TemplateResult {
  const told = t(steps.length === 1 ? "log.inRunStep" : "log.inRun", { here: here.toLocaleString(), total: total.toLocaleString(), steps: steps.length });
  if (steps.length === 0) return html`<span class="muted small wide-only">${told}</span>`;
  return html`<details class="drop wide-only"><summary class="muted small num">${told}</summary>
    <div class="menu">${steps.map(
      ({ log, step, stage, name, count }) => html`<button class=${isShown(log) ? "is-chosen" : ""} @click=${() => choose(step)}
        >${stage} › ${name}<kbd>${count.toLocaleString()}</kbd></button>`,
    )}</div></details>`;
}
