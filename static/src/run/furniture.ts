/** What the run page brings itself: handles between panes, the two tabs of a narrow screen, the offline banner. */

import { html, render } from "lit";

import type { Connection } from "../live/socket";
import { t } from "../texts";
import { icon } from "../ui/icon";
import { recall, resizable, type Pane } from "./panes";

const GRAPH: Pane = { name: "graph", axis: "y", least: 110, most: () => innerHeight - 300 };
const TREE: Pane = { name: "tree", axis: "x", least: 200, most: () => innerWidth - 420 };

function handle(page: HTMLElement, selector: string, pane: Pane, classes: string): void {
  const target = page.querySelector<HTMLElement>(selector);
  if (target === null || page.querySelector(`.${classes}`) !== null) return;
  recall(pane);
  const bar = document.createElement("div");
  bar.className = `handle ${classes}`;
  bar.tabIndex = 0;
  bar.setAttribute("role", "separator");
  bar.setAttribute("aria-label", t("pane.resize"));
  bar.setAttribute("aria-orientation", pane.axis === "x" ? "vertical" : "horizontal");
  page.append(bar);
  resizable(bar, target, pane);
}

export function paneHandles(page: HTMLElement): void {
  handle(page, "run-graph", GRAPH, "handle-h");
  handle(page, "run-tree", TREE, "handle-v");
}

/** On a narrow screen the tree and the log take turns. */
export function narrowTabs(page: HTMLElement, steps: number): void {
  if (page.querySelector(".pane-tabs") !== null) return;
  const tabs = document.createElement("div");
  tabs.className = "pane-tabs";
  render(
    html`<div class="seg" role="group">
      <label><input class="vh" type="radio" name="pane" id="pane-steps" />${t("pane.steps")} <span class="num">${steps}</span></label>
      <label><input class="vh" type="radio" name="pane" id="pane-log" checked />${t("pane.log")}</label>
    </div>`,
    tabs,
  );
  page.append(tabs);
  page.addEventListener("step-select", (event) => {
    const fromTree = (event.target as Element).localName === "run-tree";
    if (fromTree) tabs.querySelector<HTMLInputElement>("#pane-log")!.checked = true;
  });
}

export interface Banner {
  show(connection: Connection): void;
}

const PATIENCE = 2000; // ms without a connection before a word is said

export function offlineBanner(page: HTMLElement, retry: () => void): Banner {
  const banner = document.createElement("div");
  banner.className = "banner run-banner";
  banner.setAttribute("role", "status");
  banner.hidden = true;
  (page.querySelector(".run-head") ?? page).append(banner);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let up = true;

  const reveal = (connection: Connection): void => {
    const button = html`<button class="btn" @click=${retry}>${t("live.retry")}</button>`;
    const refused = connection === "refused";
    render(html`${icon("offline")}${t(refused ? "live.refused" : "live.offline")}${refused ? "" : button}`, banner);
    banner.hidden = false;
  };
  return {
    show(connection) {
      if (connection === "connecting") return;
      if (connection === "open") {
        clearTimeout(timer);
        banner.hidden = true;
      } else if (connection === "refused") reveal(connection);
      else if (up) timer = setTimeout(() => reveal(connection), PATIENCE);
      up = connection === "open";
    },
  };
}
