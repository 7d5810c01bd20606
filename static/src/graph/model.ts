/** From the execution to what the graph and the tree say about each stage and step. Pure. */

import {
  finished,
  medianOf,
  progress,
  seconds,
  shown,
  stageStatus,
  stepStatus,
  type Execution,
  type PartStatus,
  type Shown,
  type StepId,
} from "../run/execution";
import { duration, reasonText, t } from "../texts";

export interface StepNode {
  readonly id: StepId;
  readonly name: string;
  readonly image: string;
  readonly state: Shown;
  readonly share: number | null; // of the median, for the ring
  readonly note: string; // the second line of the card
  readonly why: string; // the reason alone, for the tree
  readonly aside: string; // something worth knowing about the step
  readonly time: string;
}

export interface StageNode {
  readonly index: number;
  readonly name: string;
  readonly state: Shown;
  readonly note: string; // right of the name
  readonly why: string;
  readonly begun: boolean;
  readonly steps: readonly StepNode[];
}

export interface GraphModel {
  readonly stages: readonly StageNode[];
}

function note(part: PartStatus, state: Shown, taken: number | null, median: number | null | undefined): string {
  const why = reasonText(part.reason);
  const speaksForItself = state === "success" || state === "running";
  if (why && !(speaksForItself && taken !== null)) return why;
  if (taken === null) return t(`state.${state}`);
  if (state === "running" && median) {
    return t("graph.about", { taken: duration(taken), median: duration(median) });
  }
  return duration(taken);
}

function stepNode(execution: Execution, id: StepId, now: number): StepNode {
  const plan = execution.plan!.stages[id.stage]!.steps[id.step]!;
  const status = stepStatus(execution, id);
  const state = shown(status);
  const taken = state === "skipped" ? null : seconds(status, now);
  const median = medianOf(execution, id);
  const carried = status.attempt !== undefined && status.attempt < execution.attempt;
  const dated = (text: string): string =>
    carried && text !== "" ? `${t("graph.attempt", { number: status.attempt! })} · ${text}` : text;
  return {
    id,
    name: plan.name,
    image: plan.image ?? "",
    state,
    share: progress(taken, median),
    note: dated(note(status, state, taken, median)),
    why: reasonText(status.reason),
    aside: reasonText(status.note),
    time: dated(taken === null ? "" : duration(taken)),
  };
}

/** "attempt 1" for a stage whose steps all stand from an earlier attempt, else how long it has taken. */
function stageNote(execution: Execution, stage: number, now: number): string {
  const status = stageStatus(execution, stage);
  const attempts = (status.steps ?? []).map((step) => step.attempt ?? execution.attempt);
  const latest = Math.max(...attempts);
  if (attempts.length > 0 && latest < execution.attempt) return t("graph.attempt", { number: latest });
  const taken = shown(status) === "skipped" ? null : seconds(ownTimes(execution, stage), now);
  return taken === null ? "" : duration(taken);
}

/** The stage with the times of the steps that ran in this attempt. */
function ownTimes(execution: Execution, stage: number): PartStatus {
  const status = stageStatus(execution, stage);
  const own = (status.steps ?? []).filter((step) => (step.attempt ?? execution.attempt) === execution.attempt);
  if (own.length === status.steps?.length) return status;
  return { ...status, started: own.flatMap((step) => step.started ?? []).sort()[0] ?? null };
}

export function graphModel(execution: Execution, now: number): GraphModel {
  const stages = (execution.plan?.stages ?? []).map((plan, index): StageNode => {
    const steps = plan.steps.map((_, step) => stepNode(execution, { stage: index, step }, now));
    const known = execution.status.stages?.[index];
    const status: PartStatus =
      known === undefined && plan.skip ? { state: "Skipped", reason: plan.skip } : stageStatus(execution, index);
    return {
      index,
      name: plan.name,
      state: shown(status),
      note: stageNote(execution, index, now),
      why: reasonText(status.reason),
      begun: Boolean(status.started) || finished(status.state) || status.state === "Pending",
      steps,
    };
  });
  return { stages };
}

/** Whether any text or ring of the graph moves by itself, so that it must be drawn again each second. */
export function ticks(execution: Execution): boolean {
  return !finished(execution.status.executionState);
}

export type Direction = "left" | "right" | "up" | "down";

/** The step next to `from`; staying within the stage's rows when going sideways. Null at the edge. */
export function neighbour(model: GraphModel, from: StepId, direction: Direction): StepId | null {
  const at = (stage: number, step: number): StepId | null => model.stages[stage]?.steps[step]?.id ?? null;
  if (direction === "up") return at(from.stage, from.step - 1);
  if (direction === "down") return at(from.stage, from.step + 1);
  const way = direction === "right" ? 1 : -1;
  for (let stage = from.stage + way; ; stage += way) {
    const rows = model.stages[stage]?.steps.length;
    if (rows === undefined) return null;
    if (rows > 0) return at(stage, Math.min(from.step, rows - 1));
  }
}
