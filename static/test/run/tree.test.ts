import { describe, expect, it } from "vitest";

import { graphModel } from "../../src/graph/model";
import { actionOf } from "../../src/run/keys";
import { OpenLogs } from "../../src/run/logs";
import { moved, rows } from "../../src/run/tree";
import { execution, NOW } from "./executions";

const model = graphModel(execution([]), NOW);

function names(closed: number[], filter = ""): string[] {
  return rows(model, new Set(closed), filter).map((row) => (row.kind === "stage" ? `${row.stage.name}:` : row.step.name));
}

describe("the tree", () => {
  it("has every stage and step", () => {
    expect(names([])).toEqual(["Clone:", "clone", "Check:", "build", "test", "Deploy:", "production"]);
  });

  it("hides the steps of a closed stage", () => {
    expect(names([1])).toEqual(["Clone:", "clone", "Check:", "Deploy:", "production"]);
  });

  it("shows what matches, also in a closed stage", () => {
    expect(names([1], "TEST")).toEqual(["Check:", "test"]);
  });

  it("shows all of a stage that matches", () => {
    expect(names([], "check")).toEqual(["Check:", "build", "test"]);
  });

  it("may match nothing", () => {
    expect(names([], "zzz")).toEqual([]);
  });
});

describe("moving", () => {
  it("goes through the steps and stops at the ends", () => {
    const way = [{ stage: 0, step: 0 }, { stage: 1, step: 0 }, { stage: 1, step: 1 }, { stage: 2, step: 0 }];
    expect(way.map((step) => moved(model, step, 1))).toEqual([...way.slice(1), way[3]]);
    expect(moved(model, way[0]!, -1)).toEqual(way[0]);
    expect(moved(model, null, 1)).toEqual(way[0]);
  });
});

describe("keys", () => {
  const press = (key: string, more = {}): Parameters<typeof actionOf>[0] => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    defaultPrevented: false,
    ...more,
  });

  it.each([
    ["j", "next"],
    ["N", "previousHit"],
    ["e", "firstError"],
    ["x", null],
  ])("%s asks for %s", (key, action) => {
    expect(actionOf(press(key), false)).toBe(action);
  });

  it("belong to the browser with a modifier, and to the field while typing", () => {
    expect(actionOf(press("f", { ctrlKey: true }), false)).toBeNull();
    expect(actionOf(press("f"), true)).toBeNull();
    expect(actionOf(press("f", { defaultPrevented: true }), false)).toBeNull();
  });
});

describe("opened logs", () => {
  it("are kept until others have been opened since", () => {
    const logs = new OpenLogs();
    const bytes = new TextEncoder().encode("a\n");
    for (let step = 0; step < 6; step += 1) logs.open(`1/0.${step}`);
    logs.append("1/0.0", bytes);
    logs.open("1/0.0");
    logs.open("1/0.6");
    expect(logs.open("1/0.0").position).toBe(2);
    expect(logs.open("1/0.1").position).toBe(0);
  });
});
