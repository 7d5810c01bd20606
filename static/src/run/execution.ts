/** The execution as the API and the live socket send it, and questions one can ask it. Pure. */

export type State =
  | "Waiting"
  | "Queueing"
  | "Pending"
  | "Building"
  | "Success"
  | "Failed"
  | "Aborted"
  | "Skipped";

export interface Reason {
  readonly code: string;
  readonly params?: Readonly<Record<string, string | number | readonly string[]>>;
}

export interface StepPlan {
  readonly name: string;
  readonly kind: string;
  readonly image?: string;
  readonly skip?: Reason | null;
  readonly timeout?: number;
}

export interface StagePlan {
  readonly name: string;
  readonly steps: readonly StepPlan[];
  readonly pause_before?: boolean;
  readonly skip?: Reason | null;
}

export interface PartStatus {
  readonly state: State;
  readonly started?: string | null;
  readonly ended?: string | null;
  readonly reason?: Reason | null;
}

export interface StepStatus extends PartStatus {
  readonly attempt?: number;
  readonly exitCode?: number | null;
  readonly note?: Reason | null; // worth knowing, but not why the step is as it is
  readonly tries?: readonly PartStatus[]; // those before the present one, each of which failed
}

/** What the cache did for a run. */
export interface CacheTotals {
  readonly hits: number;
  readonly misses: number;
  readonly bytes: number;
  readonly savedSeconds: number | null;
}

export interface StageStatus extends PartStatus {
  readonly steps?: readonly StepStatus[];
}

/** An approval step whose turn has come. */
export interface Approval {
  readonly step: string;
  readonly message: string;
  readonly expires: string;
  readonly answers: readonly { readonly user: string; readonly approve: boolean; readonly comment: string }[];
}

export interface Attempt {
  readonly number: number;
  readonly state: State;
  readonly mode?: string;
  readonly by?: string;
  readonly stages?: readonly StageStatus[] | null; // as they ended, of earlier attempts
}

export interface Execution {
  readonly name: string;
  readonly project: string;
  readonly pipeline: string;
  readonly run: number;
  readonly attempt: number;
  readonly attempts?: readonly Attempt[];
  readonly version: number;
  readonly displayName?: string;
  readonly started?: string | null;
  readonly ended?: string | null;
  readonly stopping?: boolean;
  readonly pausing?: boolean; // to be paused before the next stage
  readonly approvals?: readonly Approval[];
  readonly median?: number | null; // seconds
  readonly medians?: Readonly<Record<string, number>>; // seconds, by "<stage>.<step>"
  readonly cache?: CacheTotals | null; // null without a cache
  readonly plan: { readonly stages: readonly StagePlan[] } | null;
  readonly status: {
    readonly executionState: State;
    readonly reason?: Reason | null;
    readonly stages?: readonly StageStatus[];
  };
  readonly may?: Readonly<Record<string, boolean | readonly string[]>>; // lists have steps, as "<stage>.<step>"
}

/** Where a step is: indexes of its stage and of itself within the stage, both from 0. */
export interface StepId {
  readonly stage: number;
  readonly step: number;
}

/** How a state is shown; also the suffix of its class, `s-…`. */
export type Shown =
  | "waiting"
  | "queued"
  | "starting"
  | "running"
  | "approval"
  | "paused"
  | "success"
  | "failed"
  | "aborted"
  | "skipped"
  | "unknown";

const SHOWN: Readonly<Record<State, Shown>> = {
  Waiting: "waiting",
  Queueing: "queued",
  Pending: "approval",
  Building: "running",
  Success: "success",
  Failed: "failed",
  Aborted: "aborted",
  Skipped: "skipped",
};

export function shown(part: PartStatus): Shown {
  const code = part.reason?.code;
  if (part.state === "Waiting" && (code === "EngineStarting" || code === "Admitted")) return "starting";
  if (part.state === "Pending" && (code === "PausedBy" || code === "PausedBefore")) return "paused";
  if (part.state === "Building" && code === "EngineUnreachable") return "unknown";
  return SHOWN[part.state];
}

export const finished = (state: State): boolean =>
  state === "Success" || state === "Failed" || state === "Aborted" || state === "Skipped";

/** The run as a whole, with the times of its current attempt. */
export const whole = (execution: Execution): PartStatus => ({
  state: execution.status.executionState,
  reason: execution.status.reason ?? null,
  started: execution.started ?? null,
  ended: execution.ended ?? null,
});

const WAITING: StepStatus = { state: "Waiting" };

export function stageStatus(execution: Execution, stage: number): StageStatus {
  return execution.status.stages?.[stage] ?? WAITING;
}

/** The status of a step; what the plan leaves out is skipped from the start, what has no status yet waits. */
export function stepStatus(execution: Execution, { stage, step }: StepId): StepStatus {
  const known = execution.status.stages?.[stage]?.steps?.[step];
  const plan = execution.plan?.stages[stage];
  const skip = plan?.skip ?? plan?.steps[step]?.skip ?? null;
  if (known === undefined) return skip === null ? WAITING : { state: "Skipped", reason: skip };
  return known.state === "Skipped" && !known.reason && skip !== null ? { ...known, reason: skip } : known;
}

export const stepIds = (execution: Execution): StepId[] =>
  (execution.plan?.stages ?? []).flatMap((plan, stage) => plan.steps.map((_, step) => ({ stage, step })));

/** The place in `1.0`; null when it is none. */
export function parseStep(text: string): StepId | null {
  const match = /^(\d{1,4})\.(\d{1,4})$/.exec(text);
  return match === null ? null : { stage: Number(match[1]), step: Number(match[2]) };
}

export const sameStep = (a: StepId | null, b: StepId | null): boolean =>
  a?.stage === b?.stage && a?.step === b?.step;

/** Seconds that earlier successes of the step took, if there were any. */
export const medianOf = (execution: Execution, { stage, step }: StepId): number | null =>
  execution.medians?.[`${stage}.${step}`] ?? null;

/** The run as an earlier attempt left it; as it is for the latest, or for one that is not known. */
export function asOf(execution: Execution, number: number | null): Execution {
  const attempt = execution.attempts?.find((one) => one.number === number);
  if (!attempt?.stages || attempt.number === execution.attempt) return execution;
  const own = attempt.stages.flatMap((stage) => stage.steps ?? []).filter((step) => step.attempt === number);
  const moments = (which: "started" | "ended"): string[] => own.flatMap((step) => step[which] ?? []).sort();
  return {
    ...execution,
    attempt: attempt.number,
    started: moments("started")[0] ?? null,
    ended: moments("ended").at(-1) ?? null,
    stopping: false,
    status: { executionState: attempt.state, reason: null, stages: attempt.stages },
  };
}

/** The id of a step's log. A step that stands from an earlier attempt has its log there. */
export function logId(execution: Execution, id: StepId): string {
  return `${stepStatus(execution, id).attempt ?? execution.attempt}/${id.stage}.${id.step}`;
}

/** Seconds a part has taken so far, or null if it never began. */
export function seconds(part: PartStatus, now: number): number | null {
  if (!part.started) return null;
  const end = part.ended ? Date.parse(part.ended) : finished(part.state) ? Date.parse(part.started) : now;
  return Math.max(0, (end - Date.parse(part.started)) / 1000);
}

/** How much of the median is used up, from 0 to 0.99: what still runs is never full. */
export function progress(taken: number | null, median: number | null | undefined): number | null {
  if (taken === null || !median || median <= 0) return null;
  return Math.min(0.99, taken / median);
}

/** The step to show when nobody has chosen one: in an open run what moves or asks, in a finished one what failed. */
export function worthSeeing(execution: Execution): StepId | null {
  const ids = stepIds(execution);
  const order: readonly State[] = finished(execution.status.executionState)
    ? ["Failed", "Aborted"]
    : ["Building", "Pending", "Failed", "Aborted"];
  for (const state of order) {
    const found = ids.find((id) => stepStatus(execution, id).state === state);
    if (found !== undefined) return found;
  }
  return ids.findLast((id) => stepStatus(execution, id).state === "Success") ?? ids[0] ?? null;
}

/** Whether the step waits for answers. */
const asks = (execution: Execution, step: string): boolean => {
  const [stage, index] = step.split(".").map(Number);
  return shown(stepStatus(execution, { stage: stage!, step: index! })) === "approval";
};

/**
 * Whether `condition` holds: `unfinished`, `finished`, `reason`, `stopping`, `pausing`, a shown state, `may.<action>`,
 * `asks.<stage>.<step>` when that step waits for answers, `answer.<stage>.<step>` when the reader may give one.
 */
export function holds(condition: string, execution: Execution): boolean {
  const { executionState, reason } = execution.status;
  if (condition === "unfinished") return !finished(executionState);
  if (condition === "finished") return finished(executionState);
  if (condition === "reason") return Boolean(reason);
  if (condition === "stopping") return execution.stopping === true;
  if (condition === "pausing") return execution.pausing === true;
  if (condition.startsWith("asks.")) return asks(execution, condition.slice(5));
  if (condition.startsWith("answer.")) {
    const steps = execution.may?.["answer"];
    return Array.isArray(steps) && steps.includes(condition.slice(7));
  }
  if (condition.startsWith("may.")) return execution.may?.[condition.slice(4)] === true;
  return shown(whole(execution)) === condition;
}
