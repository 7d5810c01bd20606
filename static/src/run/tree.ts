/** The rows of the stage and step tree: what is open, what matches, where `j` and `k` go. Pure. */

import type { GraphModel, StageNode, StepNode } from "../graph/model";
import { sameStep, type StepId } from "./execution";

export type Row =
  | { readonly kind: "stage"; readonly stage: StageNode; readonly open: boolean }
  | { readonly kind: "step"; readonly step: StepNode };

/** Rows in order. With a filter, only matching steps, under open stages. */
export function rows(model: GraphModel, closed: ReadonlySet<number>, filter: string): Row[] {
  const needle = filter.trim().toLowerCase();
  const matches = (step: StepNode, stage: StageNode): boolean =>
    needle === "" || step.name.toLowerCase().includes(needle) || stage.name.toLowerCase().includes(needle);
  return model.stages.flatMap((stage): Row[] => {
    const steps = stage.steps.filter((step) => matches(step, stage));
    if (needle !== "" && steps.length === 0) return [];
    const open = needle !== "" || !closed.has(stage.index);
    const below = open ? steps.map((step): Row => ({ kind: "step", step })) : [];
    return [{ kind: "stage", stage, open }, ...below];
  });
}

/** The step `way` places from `selected` among all steps; the ends stay where they are. */
export function moved(model: GraphModel, selected: StepId | null, way: 1 | -1): StepId | null {
  const all = model.stages.flatMap((stage) => stage.steps.map((step) => step.id));
  const at = all.findIndex((id) => sameStep(id, selected));
  if (at === -1) return all[0] ?? null;
  return all[Math.max(0, Math.min(all.length - 1, at + way))] ?? null;
}
