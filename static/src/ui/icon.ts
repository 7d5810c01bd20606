/** Icons of the page's sprite (`partials/_sprite.html`) and the ten states with their shapes. */

import { html, svg, type TemplateResult } from "lit";

import type { Shown } from "../run/execution";

const SHAPES: Readonly<Record<Shown, string>> = {
  waiting: "ring-dashed",
  queued: "clock",
  starting: "ring-play",
  running: "ring-progress",
  approval: "diamond-pause",
  paused: "ring-pause",
  success: "disc-check",
  failed: "octagon-cross",
  aborted: "ring-stop",
  skipped: "chevrons",
  unknown: "square-question",
};

export const icon = (name: string, classes = ""): TemplateResult =>
  html`<svg class="i ${classes}" viewBox="0 0 16 16" aria-hidden="true"><use href="#${name}"></use></svg>`;

/** A ring filled to `share` of one; without a share it turns. */
function ring(share: number | null, classes: string): TemplateResult {
  const length = share === null ? 30 : Math.round(share * 100);
  const arc = svg`<circle cx="8" cy="8" r="6.25" stroke-width="2" stroke-linecap="butt" pathLength="100"
    stroke-dasharray="${length} 100" transform="rotate(-90 8 8)"></circle>`;
  return html`<svg class="i ring s-running ${classes}" viewBox="0 0 16 16" aria-hidden="true">
    <circle class="track" cx="8" cy="8" r="6.25" stroke-width="2"></circle>
    ${share === null ? svg`<g class="turns">${arc}</g>` : arc}
    <circle class="dot" cx="8" cy="8" r="2"></circle>
  </svg>`;
}

export function stateIcon(state: Shown, share: number | null = null, classes = ""): TemplateResult {
  return state === "running" ? ring(share, classes) : icon(SHAPES[state], `s-${state} ${classes}`);
}
