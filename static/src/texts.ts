/** The words of the islands. English is the source; the page may bring translations as `json_script id="texts"`. */

import type { Reason } from "./run/execution";

export const TEXTS = {
  "state.waiting": "Waiting",
  "state.queued": "Queued",
  "state.starting": "Starting",
  "state.running": "Running",
  "state.approval": "Waiting for approval",
  "state.paused": "Paused",
  "state.success": "Success",
  "state.failed": "Failed",
  "state.aborted": "Aborted",
  "state.skipped": "Skipped",
  "state.unknown": "Unknown",
  "state.stopping": "Stopping…",
  "ask.expires": "expires {time}",
  "graph.try": "try {number}",
  "time.seconds": "{s}s",
  "time.minutes": "{m}m {s}s",
  "time.hours": "{h}h {m}m",
  "graph.label": "Stages",
  "graph.about": "{taken} of about {median}",
  "graph.attempt": "attempt {number}",
  "attempt.of": "Attempt {number} of {total}",
  "attempt.by": "by {user}",
  "graph.none": "This run has no plan yet",
  "tree.label": "Steps",
  "tree.find": "Find a step",
  "tree.none": "No step matches",
  "pane.steps": "Steps",
  "pane.log": "Log",
  "pane.resize": "Resize",
  "log.label": "Log of {step}",
  "log.find": "Search this log",
  "log.hits": "{current} of {total}",
  "log.searching": "{total}…",
  "log.previous": "Previous (N)",
  "log.next": "Next (n)",
  "log.firstError": "First error",
  "log.noError": "No error found in this log",
  "log.wrap": "Wrap lines",
  "log.copy": "Copy",
  "log.copied": "Copied",
  "log.copiedLine": "1 line copied",
  "log.copiedLines": "{count} lines copied",
  "log.download": "Download",
  "log.follow": "Follow",
  "log.newLine": "1 new line",
  "log.newLines": "{count} new lines",
  "log.folded": "{count} updates folded",
  "log.cut": "line cut, {kib} KiB not shown",
  "log.time": "Time",
  "log.time.clock": "Clock",
  "log.time.relative": "Since the start",
  "log.time.none": "No times",
  "log.inRunStep": "{here} in this step, {total} in 1 step of the run",
  "log.inRun": "{here} in this step, {total} in {steps} steps of the run",
  "log.empty": "No output yet",
  "log.nothing": "This step wrote no output",
  "log.skipped": "This step did not run",
  "log.chooseStep": "Choose a step to see its log",
  "log.line": "1 line",
  "log.lines": "{count} lines",
  "live.offline": "Connection lost. What you see may be old; trying again.",
  "live.retry": "Try now",
  "live.refused": "You are no longer allowed to see this run live. Reload the page.",
  "live.announce": "{run}: {state}",
  "live.median": "median {median}",
  "live.percent": "{percent} percent of the median",
  "cache.all": "Cache hits {hits}, misses {misses}",
  "cache.saved": "{time} saved",
} as const;

export type Key = keyof typeof TEXTS;
type Holes = Readonly<Record<string, string | number | readonly string[]>>;

/** `template` with its `{holes}` filled; lists are joined by commas, an unknown hole stays as it is. */
export function fill(template: string, holes: Holes = {}): string {
  return template.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = holes[name];
    if (value === undefined) return hole;
    return Array.isArray(value) ? value.join(", ") : String(value);
  });
}

/** The JSON of a `json_script` element, or an empty object. */
export function pageData<T>(id: string): Partial<T> {
  if (typeof document === "undefined") return {};
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as Partial<T>) : {};
}

let catalogue: Partial<Record<Key, string>> | null = null;
let reasons: Record<string, string> | null = null;

export function t(key: Key, holes: Holes = {}): string {
  catalogue ??= pageData<Record<Key, string>>("texts");
  return fill(catalogue[key] ?? TEXTS[key], holes);
}

/** The sentence of a reason. A code the page does not know is shown as it is, rather than nothing. */
export function reasonText(reason: Reason | null | undefined): string {
  if (!reason) return "";
  reasons ??= pageData<Record<string, string>>("reasons") as Record<string, string>;
  return fill(reasons[reason.code] ?? reason.code, reason.params);
}

/** `0.3s`, `41s`, `1m 04s` or `2h 05m`. */
export function duration(seconds: number): string {
  const milliseconds = Math.max(0, Math.round(seconds * 1000));
  if (milliseconds < 10_000) return t("time.seconds", { s: (Math.floor(milliseconds / 100) / 10).toFixed(1) });
  const whole = Math.floor(milliseconds / 1000);
  if (whole < 60) return t("time.seconds", { s: whole });
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3600) return t("time.minutes", { m: Math.floor(whole / 60), s: two(whole % 60) });
  return t("time.hours", { h: Math.floor(whole / 3600), m: two(Math.floor((whole % 3600) / 60)) });
}
