/** What `<run-log>` says around the lines: which step it is, why there are none, how many came since. Pure. */

import { html, nothing, type TemplateResult } from "lit";

import type { Shown } from "../run/execution";
import { t } from "../texts";
import { icon, stateIcon } from "../ui/icon";
import { newLines } from "./bar";

export interface Facts {
  readonly shown: Shown | null;
  readonly share: number | null;
  readonly heading: string;
  readonly detail: string;
  readonly aside: string;
  readonly why: string;
  readonly download: string;
  readonly sealed: boolean;
}

export function head(log: Facts, told: string, hasError: boolean, toError: () => void): TemplateResult {
  if (log.shown === null) return html`<span class="muted">${t("log.chooseStep")}</span>`;
  return html`<span class="state s-${log.shown}">${stateIcon(log.shown, log.share)}${t(`state.${log.shown}`)}</span>
    <h2 class="cut">${log.heading}</h2>
    <span class="muted small wide-only cut">${log.detail}</span>${
      log.aside ? html`<span class="aside" title=${log.aside}>${icon("info")}<span class="vh">${log.aside}</span></span>` : nothing
    }<span class="spacer"></span>
    <span class="muted small" role="status">${told}</span>
    ${hasError ? errorButton(toError) : nothing}
    ${log.download
      ? html`<a class="tool" href=${log.download} download title=${t("log.download")} aria-label=${t("log.download")}
          >${icon("download")}</a>`
      : nothing}`;
}

function errorButton(toError: () => void): TemplateResult {
  return html`<button class="btn btn-quiet btn-s" title="${t("log.firstError")} (e)" aria-label=${t("log.firstError")} @click=${toError}>
    ${icon("octagon-cross", "i-s s-failed")}<span class="wide-only">${t("log.firstError")}</span
    ><kbd class="wide-only">e</kbd>
  </button>`;
}

export function nothingToShow({ shown, why, sealed }: Facts): string {
  if (shown === null) return "";
  if (shown === "skipped" || shown === "waiting" || shown === "queued") {
    return why || t(shown === "skipped" ? "log.skipped" : `state.${shown}`);
  }
  return sealed ? t("log.nothing") : why || t("log.empty");
}

export function pill(count: number, follow: () => void): TemplateResult {
  return html`<button class="follow" @click=${follow}>
    ${icon("follow")}${newLines(count)}
    <span>${t("log.follow")}</span><kbd class="wide-only">f</kbd>
  </button>`;
}
