/**
 * Keeps what the server drew about a run up to date. `data-live` names what an element shows, `data-live-if` a
 * condition under which it is there at all. See README.md.
 */

import { html, render, type TemplateResult } from "lit";

import { duration, reasonText, t } from "../texts";
import { stateIcon } from "../ui/icon";
import { holds, progress, seconds, shown, whole, type Execution } from "./execution";

const METER = 92; // px wide
const MEDIAN = 78; // px from its left

function badge(execution: Execution, now: number): TemplateResult {
  const part = whole(execution);
  const state = shown(part);
  const share = progress(seconds(part, now), execution.median);
  return html`<span class="badge s-${state}">${stateIcon(state, share)}${t(`state.${state}`)}</span>`;
}

/** The time taken as a bar; the tick is the median of earlier successes. */
function meter(execution: Execution, now: number): TemplateResult {
  const taken = seconds(whole(execution), now);
  if (taken === null || !execution.median) return html``;
  const width = Math.min(METER, (taken / execution.median) * MEDIAN);
  const label = t("live.percent", { percent: Math.round((taken / execution.median) * 100) });
  return html`<svg class="meter" viewBox="0 0 92 10" role="img" aria-label=${label}>
    <rect class="track" y="3" width=${METER} height="4" rx="2"></rect>
    <rect class=${execution.ended ? "fill-done" : "fill-run"} y="3" width=${width} height="4" rx="2"></rect>
    <rect class="tick" x=${MEDIAN} width="1.5" height="10" rx=".75"></rect>
  </svg>`;
}

const SHOWS: Readonly<Record<string, (execution: Execution, now: number) => TemplateResult>> = {
  state: badge,
  reason: (execution) => html`${reasonText(execution.status.reason)}`,
  duration: (execution, now) => {
    const taken = seconds(whole(execution), now);
    return html`${taken === null ? "" : duration(taken)}`;
  },
  median: (execution) => html`${execution.median ? t("live.median", { median: duration(execution.median) }) : ""}`,
  meter,
};

const taken = new WeakSet<Element>();

export function refresh(root: ParentNode, execution: Execution, now: number): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-live]")) {
    const show = SHOWS[element.dataset["live"] ?? ""];
    if (show === undefined) continue;
    if (!taken.has(element)) element.replaceChildren();
    taken.add(element);
    render(show(execution, now), element);
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-live-if]")) {
    element.hidden = !(element.dataset["liveIf"] ?? "").split(" ").every((condition) => holds(condition, execution));
  }
}
