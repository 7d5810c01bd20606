/**
 * Keeps what the server drew about a run up to date. `data-live` names what an element shows, `data-live-if` a
 * condition under which it is there at all. See README.md.
 */

import { html, nothing, render, type TemplateResult } from "lit";

import { duration, reasonText, t } from "../texts";
import { icon, stateIcon } from "../ui/icon";
import { holds, progress, seconds, shown, stepStatus, whole, type Execution } from "./execution";

const METER = 92; // px wide
const MEDIAN = 78; // px from its left

/** The state in a word; a run that was asked to stop says so. */
const word = (execution: Execution): string =>
  execution.stopping ? t("state.stopping") : t(`state.${shown(whole(execution))}`);

function badge(execution: Execution, now: number): TemplateResult {
  const part = whole(execution);
  const state = shown(part);
  const share = progress(seconds(part, now), execution.median);
  return html`<span class="badge s-${state}">${stateIcon(state, share)}${word(execution)}</span>`;
}

const announced = (execution: Execution): string =>
  t("live.announce", { run: `${execution.displayName ?? execution.pipeline} #${execution.run}`, state: word(execution) });

/** The attempts to choose from, each an address; nothing while there is only one. */
function attempts(execution: Execution): TemplateResult {
  const all = execution.attempts ?? [];
  if (all.length < 2) return html``;
  return html`<details class="drop drop-end">
    <summary class="btn">${t("attempt.of", { number: execution.attempt, total: all.length })}${icon("down", "i-s")}</summary>
    <div class="menu">${all.toReversed().map(({ number, state, by }) => {
      const look = shown({ state });
      return html`<a href="?attempt=${number}" aria-current=${number === execution.attempt ? "true" : nothing}>
        ${stateIcon(look)}${t("graph.attempt", { number })}<span class="muted small"
          >${t(`state.${look}`)}${by ? `, ${t("attempt.by", { user: by })}` : ""}</span></a>`;
    })}</div>
  </details>`;
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

function cache({ cache }: Execution): string {
  if (!cache) return "";
  const { hits, misses, savedSeconds } = cache;
  const all = t("cache.all", { hits, misses });
  return savedSeconds ? `${all}, ${t("cache.saved", { time: duration(savedSeconds) })}` : all;
}

/** Why the step waits, and until when. */
function ask(execution: Execution, step: string): TemplateResult {
  const [stage, index] = step.split(".").map(Number);
  const why = reasonText(stepStatus(execution, { stage: stage!, step: index! }).reason);
  const expires = execution.approvals?.find((approval) => approval.step === step)?.expires;
  return html`${why}${expires ? html` · ${t("ask.expires", { time: clock(expires) })}` : nothing}`;
}

const clock = (moment: string): string =>
  new Date(moment).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });

const SHOWS: Readonly<Record<string, (execution: Execution, now: number, of: string) => TemplateResult>> = {
  state: badge,
  reason: (execution) => html`${reasonText(execution.status.reason)}`,
  duration: (execution, now) => {
    const taken = seconds(whole(execution), now);
    return html`${taken === null ? "" : duration(taken)}`;
  },
  median: (execution) => html`${execution.median ? t("live.median", { median: duration(execution.median) }) : ""}`,
  meter,
  attempts,
  cache: (execution) => html`${cache(execution)}`,
  ask: (execution, _, step) => ask(execution, step),
  announcement: (execution) => html`${announced(execution)}`,
};

const taken = new WeakSet<Element>();

/** `view` is what is shown, perhaps as an earlier attempt left it; `execution` decides what can be done. */
export function refresh(root: ParentNode, execution: Execution, view: Execution, now: number): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-live]")) {
    const [name = "", of = ""] = (element.dataset["live"] ?? "").split(" ");
    const show = SHOWS[name];
    if (show === undefined) continue;
    if (!taken.has(element)) element.replaceChildren();
    taken.add(element);
    render(show(of === "" ? view : execution, now, of), element); // what is named can be acted on
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-live-if]")) {
    element.hidden = !(element.dataset["liveIf"] ?? "").split(" ").every((condition) => holds(condition, execution));
  }
}
