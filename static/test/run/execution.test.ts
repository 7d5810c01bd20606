import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { asOf, holds, logId, progress, seconds, shown, stepStatus, worthSeeing, type PartStatus, type StepStatus } from "../../src/run/execution";
import { before, execution, NOW } from "./executions";

const ok: StepStatus = { state: "Success" };

describe("a state is shown", () => {
  it.each<[string, PartStatus, string]>([
    ["as waiting before its turn", { state: "Waiting" }, "waiting"],
    ["as starting once the engine has it", { state: "Waiting", reason: { code: "EngineStarting" } }, "starting"],
    ["as unknown when the engine is out of reach", { state: "Building", reason: { code: "EngineUnreachable" } }, "unknown"],
    ["as running whatever else is said of it", { state: "Building", reason: { code: "ImageIgnored" } }, "running"],
    ["as queued without a slot", { state: "Queueing" }, "queued"],
    ["as waiting for approval when a person must answer", { state: "Pending" }, "approval"],
    ["as paused when a person must let it go on", { state: "Pending", reason: { code: "PausedBy" } }, "paused"],
    ["as paused when the file asks for that", { state: "Pending", reason: { code: "PausedBefore" } }, "paused"],
  ])("%s", (_, part, expected) => {
    expect(shown(part)).toBe(expected);
  });
});

describe("time taken", () => {
  it.each<[string, PartStatus, number | null]>([
    ["is unknown before the start", { state: "Waiting" }, null],
    ["grows while it runs", { state: "Building", started: before(41) }, 41],
    ["stands still at the end", { state: "Success", started: before(100), ended: before(40) }, 60],
    ["is never negative", { state: "Building", started: before(-5) }, 0],
    ["is nothing for a part that ended without a time", { state: "Aborted", started: before(9) }, 0],
  ])("%s", (_, part, expected) => {
    expect(seconds(part, NOW)).toBe(expected);
  });

  it("never fills the ring", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.double({ min: 0.1, max: 1e6, noNaN: true }), (taken, median) => {
        expect(progress(taken, median)).toBeLessThanOrEqual(0.99);
      }),
    );
    expect(progress(10, null)).toBeNull();
  });
});

describe("a step", () => {
  it("without a status waits", () => {
    expect(stepStatus(execution([]), { stage: 2, step: 0 }).state).toBe("Waiting");
  });

  it("that the plan leaves out says why", () => {
    const run = execution([[{ state: "Skipped" }]]);
    const skip = { code: "BranchExcluded" };
    const plan = { stages: [{ ...run.plan!.stages[0]!, skip }, ...run.plan!.stages.slice(1)] };
    expect(stepStatus({ ...run, plan }, { stage: 0, step: 0 }).reason).toEqual(skip);
  });

  it("has its log in the attempt it ran in", () => {
    const run = execution([[{ ...ok, attempt: 1 }], [ok, ok]]);
    expect([logId(run, { stage: 0, step: 0 }), logId(run, { stage: 1, step: 1 })]).toEqual(["1/0.0", "2/1.1"]);
  });
});

describe("what is worth seeing first", () => {
  it.each<[string, StepStatus[][], string]>([
    ["is what runs rather than what failed", [[ok], [{ state: "Failed" }, { state: "Building" }]], "1.1"],
    ["is what runs", [[ok], [ok, { state: "Building" }]], "1.1"],
    ["is what a person must answer", [[ok], [{ state: "Pending" }, { state: "Waiting" }]], "1.0"],
    ["is what came last", [[ok], [ok, ok], [ok]], "2.0"],
    ["is the first step when nothing has begun", [], "0.0"],
  ])("%s", (_, steps, expected) => {
    const id = worthSeeing(execution(steps))!;
    expect(`${id.stage}.${id.step}`).toBe(expected);
  });

  it("is what failed once the run has ended", () => {
    const run = execution([[ok], [{ state: "Building" }, { state: "Failed" }]], { status: { executionState: "Failed", stages: [
      { state: "Success", steps: [ok] },
      { state: "Failed", steps: [ok, { state: "Failed" }] },
    ] } });
    expect(worthSeeing(run)).toEqual({ stage: 1, step: 1 });
  });

  it("is nothing without a plan", () => {
    expect(worthSeeing({ ...execution([]), plan: null })).toBeNull();
  });
});

describe("a condition of the header", () => {
  it.each([
    ["unfinished", true],
    ["finished", false],
    ["reason", false],
    ["running", true],
    ["approval", false],
    ["may.stop", true],
    ["may.delete", false],
  ])("%s", (condition, expected) => {
    expect(holds(condition, execution([], { may: { stop: true, delete: false } }))).toBe(expected);
  });
});

describe("a step that asks", () => {
  const run = execution([[ok], [{ state: "Pending" }, { state: "Pending", reason: { code: "PausedBy" } }]], {
    may: { answer: ["1.0"] },
  });

  it.each<[string, boolean]>([
    ["asks.0.0", false],
    ["asks.1.0", true],
    ["asks.1.1", false],
    ["answer.1.0", true],
    ["answer.1.1", false],
    ["pausing", false],
  ])("%s is %s", (condition, expected) => {
    expect(holds(condition, run)).toBe(expected);
  });

  it("has no answer to give to readers who are told of none", () => {
    expect(holds("answer.1.0", execution([[ok], [{ state: "Pending" }]]))).toBe(false);
  });
});

describe("an earlier attempt", () => {
  const first = { state: "Failed", started: before(90), ended: before(80), attempt: 1 } as const;
  const again = { state: "Success", started: before(20), ended: before(10), attempt: 2 } as const;
  const run = execution([[again]], {
    attempts: [
      { number: 1, state: "Failed", stages: [{ state: "Failed", steps: [first] }] },
      { number: 2, state: "Success", stages: null },
    ],
  });

  it("is shown as it ended", () => {
    const view = asOf(run, 1);
    expect(stepStatus(view, { stage: 0, step: 0 })).toBe(first);
    expect(view).toMatchObject({ attempt: 1, started: before(90), ended: before(80), status: { executionState: "Failed" } });
    expect(logId(view, { stage: 0, step: 0 })).toBe("1/0.0");
  });

  it.each([null, 2, 3])("is not the one asked for with %s", (number) => {
    expect(asOf(run, number)).toBe(run);
  });
});
