/**
 * `<run-page>`: keeps graph, tree, log, header, address and live connection in step. It draws nothing but the
 * handles between its panes; what it coordinates is in its content. See README.md for the markup.
 */

import { RunGraph } from "../graph/run-graph";
import { LiveSocket, type Connection, type Surroundings, type Wire } from "../live/socket";
import { RunLog } from "../log/run-log";
import type { TimeEntry } from "../log/times";
import { duration, pageData, reasonText, t } from "../texts";
import {
  asOf,
  logId,
  parseStep,
  medianOf,
  progress,
  sameStep,
  seconds,
  shown,
  finished,
  stepIds,
  stepStatus,
  worthSeeing,
  type Execution,
  type StepId,
} from "./execution";
import { FirstErrors } from "./first-errors";
import { refresh } from "./header";
import { actionOf, isTyping, type Action } from "./keys";
import { OpenLogs, type OpenLog } from "./logs";
import { narrowTabs, offlineBanner, paneHandles, type Banner } from "./furniture";
import { formatPosition, parsePosition, type LineRange, type Position } from "./position";
import { otherStep, RunSearch, type RunMatches } from "./run-search";
import { RunTree } from "./run-tree";

const TICK = 1000;

function surroundings(path: string): Surroundings {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return {
    connect: () => new WebSocket(url) as unknown as Wire,
    later: (run, ms) => setTimeout(run, ms),
    cancel: (timer) => clearTimeout(timer as number),
    random: Math.random,
  };
}

export class RunPage extends HTMLElement {
  private execution: Execution | null = null;
  private selected: StepId | null = null;
  private chosen = false; // by the reader or the address, so that it stays
  private attempt: number | null = null; // that the reader looks at; null for the latest
  private lines: LineRange | null = null;
  private shownLog: OpenLog | null = null;
  private readonly logs = new OpenLogs();
  private socket: LiveSocket | null = null;
  private search: RunSearch | null = null;
  private errors: FirstErrors | null = null;
  private inRun: RunMatches | null = null;
  private banner: Banner | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private drawing = false;
  private leaving: AbortController | null = null;

  connectedCallback(): void {
    const execution = pageData<Execution>(this.getAttribute("data") ?? "execution");
    if (execution.status === undefined) return;
    this.execution = execution as Execution;
    this.leaving = new AbortController();
    const logs = this.getAttribute("log-url") ?? "";
    this.errors = new FirstErrors(logs, () => this.draw());
    this.search = new RunSearch(logs.replace("/logs/{log}", "/search"), (matches) => {
      this.inRun = matches;
      this.draw();
    });
    paneHandles(this);
    narrowTabs(this, stepIds(this.execution).length);
    this.banner = offlineBanner(this, () => this.socket?.retryNow());
    this.listen(this.leaving.signal);
    this.connect();
    this.toAddress();
    this.timer = setInterval(() => this.ticked(), TICK);
  }

  disconnectedCallback(): void {
    this.leaving?.abort();
    this.socket?.stop();
    clearInterval(this.timer);
  }

  /** The run as it is shown. */
  private get view(): Execution | null {
    return this.execution && asOf(this.execution, this.attempt);
  }

  private get log(): RunLog | null {
    return this.querySelector("run-log");
  }

  private get tree(): RunTree | null {
    return this.querySelector("run-tree");
  }

  private get graph(): RunGraph | null {
    return this.querySelector("run-graph");
  }

  private listen(signal: AbortSignal): void {
    this.addEventListener("step-select", (event) => this.choose((event as CustomEvent<StepId>).detail), { signal });
    this.addEventListener("lines-select", (event) => this.choosesLines((event as CustomEvent<LineRange>).detail), { signal });
    this.addEventListener("log-search", (event) => this.search?.find((event as CustomEvent<string>).detail), { signal });
    this.addEventListener("log-elsewhere", (event) => this.goElsewhere((event as CustomEvent<1 | -1>).detail), { signal });
    this.addEventListener("log-step", (event) => this.goToStep(parseStep((event as CustomEvent<string>).detail), 1), { signal });
    document.addEventListener("keydown", (event) => this.pressed(event), { signal });
    window.addEventListener("popstate", () => this.toAddress(), { signal });
    window.addEventListener("hashchange", () => this.toAddress(), { signal });
    window.addEventListener("online", () => this.socket?.retryNow(), { signal });
  }

  private connect(): void {
    const path = this.getAttribute("socket");
    if (!path) return;
    const listener = {
      state: ({ execution }: { execution: Execution }) => this.stateCame(execution),
      bytes: (id: string, bytes: Uint8Array) => this.bytesCame(id, bytes),
      times: (id: string, times: readonly TimeEntry[]) => this.logs.time(id, times),
      sealed: (id: string) => this.sealCame(id),
      connection: (now: Connection) => this.banner?.show(now),
    };
    this.socket = new LiveSocket(listener, this.surroundings(path));
    this.socket.start();
  }

  /** Where the socket comes from; the development page brings its own. */
  protected surroundings(path: string): Surroundings {
    return surroundings(path);
  }

  private stateCame(execution: Execution): void {
    this.execution = execution;
    if (!this.chosen && this.idle) this.select(worthSeeing(this.view!));
    this.openLog();
    this.draw();
  }

  private bytesCame(id: string, bytes: Uint8Array): void {
    this.logs.append(id, bytes);
    if (this.shownLog?.id === id) this.log?.grown();
  }

  private sealCame(id: string): void {
    this.logs.seal(id);
    if (this.shownLog?.id === id) this.draw();
  }

  private ticked(): void {
    if (this.execution !== null && !finished(this.execution.status.executionState) && !document.hidden) this.draw();
  }

  /** Take over what the address says. */
  private toAddress(): void {
    const position = parsePosition(location.search, location.hash);
    this.attempt = position.attempt;
    this.lines = position.lines;
    const known = stepIds(this.execution!).find((id) => sameStep(id, position.step));
    this.chosen = known !== undefined;
    this.select(known ?? worthSeeing(this.view!));
    this.openLog();
    this.draw();
  }

  /** Whether nothing goes on any more, or yet, in the step that is shown. */
  private get idle(): boolean {
    if (this.selected === null) return true;
    return stepStatus(this.view!, this.selected).state !== "Building";
  }

  private choose(step: StepId): void {
    this.chosen = true;
    this.lines = null;
    this.select(step);
    this.openLog();
    this.draw();
    this.toHistory("push");
  }

  private goElsewhere(way: 1 | -1): void {
    if (this.inRun === null || this.selected === null) return;
    this.goToStep(otherStep(this.inRun, this.selected, way), way);
  }

  /** Go to the first hit of a step, or to its last. */
  private goToStep(step: StepId | null, way: 1 | -1): void {
    if (step === null || sameStep(step, this.selected)) return;
    this.log?.goToHit(way);
    this.choose(step);
  }

  private choosesLines(lines: LineRange): void {
    this.chosen = true;
    this.lines = lines;
    this.draw();
    this.toHistory("replace");
  }

  private select(step: StepId | null): void {
    this.selected = step;
    if (step === null) return;
    this.tree?.show(step);
    this.graph?.show(step);
  }

  private toHistory(how: "push" | "replace"): void {
    this.attempt = this.view!.attempt; // so that the address stays true when there are more attempts
    const position: Position = { step: this.selected, attempt: this.attempt, lines: this.lines };
    const address = location.pathname + formatPosition(position, location.search);
    if (how === "push") history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  /** Have the log of the chosen step, from where it was left. */
  private openLog(): void {
    const { view, selected } = this;
    if (view === null || selected === null) return;
    const id = logId(view, selected);
    if (this.shownLog?.id === id) return;
    if (this.shownLog !== null) this.socket?.unfollow(this.shownLog.id);
    this.shownLog = this.logs.open(id);
    if (!this.shownLog.sealed) this.socket?.follow(id, this.shownLog.position);
  }

  private draw(): void {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.drawNow();
    });
  }

  private drawNow(): void {
    const { execution, view, selected } = this;
    if (execution === null || view === null) return;
    const now = Date.now();
    for (const pane of [this.graph, this.tree]) if (pane) Object.assign(pane, { execution: view, selected, now });
    refresh(this, execution, view, now);
    this.errors?.lookAt(view);
    if (this.tree && this.errors) this.tree.firstErrors = this.errors.texts;
    if (this.log !== null) this.drawLog(this.log, view, now);
  }

  private drawLog(log: RunLog, execution: Execution, now: number): void {
    const { selected, shownLog } = this;
    if (selected === null || shownLog === null) return;
    const stage = execution.plan!.stages[selected.stage]!;
    const step = stage.steps[selected.step]!;
    const status = stepStatus(execution, selected);
    const taken = seconds(status, now);
    const attempt = Number(shownLog.id.split("/")[0]);
    const facts = [
      step.image ?? "",
      attempt === execution.attempt ? "" : t("graph.attempt", { number: attempt }),
      status.tries?.length ? t("graph.try", { number: status.tries.length + 1 }) : "",
      taken === null ? "" : duration(taken),
    ];
    Object.assign(log, {
      shown: shown(status),
      share: progress(taken, medianOf(execution, selected)),
      heading: `${stage.name} › ${step.name}`,
      detail: facts.filter(Boolean).join(" · "),
      why: reasonText(status.reason),
      aside: reasonText(status.note),
      sealed: shownLog.sealed,
      lines: this.lines,
      buffer: shownLog.buffer,
      times: shownLog.times,
      start: status.started ? Date.parse(status.started) : null,
      inRun: this.inRun,
      download: (this.getAttribute("log-url") ?? "").replace("{log}", shownLog.id),
    });
  }

  private pressed(event: KeyboardEvent): void {
    const action = actionOf(event, isTyping(event.target));
    if (action === null) return;
    const onControl = (event.target as Element | null)?.closest("button, a, summary, [role=treeitem]");
    if (action === "open" && onControl) return;
    event.preventDefault();
    this.perform(action);
  }

  private perform(action: Action): void {
    const { log, tree } = this;
    if (action === "next" || action === "previous") {
      const step = tree?.next(action === "next" ? 1 : -1);
      if (step) this.choose(step);
    }
    if (action === "open") log?.querySelector<HTMLElement>(".log")?.focus();
    if (action === "find") log?.find();
    if (action === "nextHit") log?.stepHit(1);
    if (action === "previousHit") log?.stepHit(-1);
    if (action === "follow") log?.follow();
    if (action === "firstError") log?.firstError();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "run-page": RunPage;
  }
}
