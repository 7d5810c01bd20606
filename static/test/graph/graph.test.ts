import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { layout, RUN } from "../../src/graph/layout";
import { graphModel, neighbour } from "../../src/graph/model";
import { before, execution, NOW } from "../run/executions";

const model = graphModel(
  execution([
    [{ state: "Success", started: before(400), ended: before(394), attempt: 1 }],
    [
      { state: "Building", started: before(41) },
      { state: "Failed", started: before(41), ended: before(17), reason: { code: "ExitCode", params: { code: 1 } } },
    ],
  ], { medians: { "1.0": 64 } }),
  NOW,
);
const step = (stage: number, index: number) => model.stages[stage]!.steps[index]!;

describe("the graph", () => {
  it("has the whole plan, also what has not begun", () => {
    expect(model.stages.map((stage) => stage.steps.map((one) => one.name))).toEqual([["clone"], ["build", "test"], ["production"]]);
    expect(step(2, 0).state).toBe("waiting");
  });

  it("measures what runs against the median", () => {
    expect(step(1, 0)).toMatchObject({ note: "41s of about 1m 04s", share: 41 / 64 });
  });

  it("gives the reason the second line", () => {
    expect(step(1, 1)).toMatchObject({ note: "ExitCode", why: "ExitCode", time: "24s" });
  });

  it("keeps a note beside the reason and the time", () => {
    const done = { state: "Success", started: before(9), ended: before(3), note: { code: "ImageIgnored" } } as const;
    const shown = graphModel(execution([[done]]), NOW).stages[0]!.steps[0];
    expect(shown).toMatchObject({ note: "6.0s", why: "", aside: "ImageIgnored" });
  });

  it("says how long it took otherwise", () => {
    expect(step(0, 0)).toMatchObject({ note: "attempt 1 · 6.0s", why: "" });
  });

  it("says of a stage from which attempt it stands", () => {
    expect(model.stages[0]!.note).toBe("attempt 1");
  });

  it("is empty without a plan", () => {
    expect(graphModel({ ...execution([]), plan: null }, NOW).stages).toEqual([]);
  });
});

describe("going through the graph", () => {
  it.each([
    ["right, to the nearest row", [1, 1], "right", [2, 0]],
    ["left", [1, 1], "left", [0, 0]],
    ["up", [1, 1], "up", [1, 0]],
    ["down", [1, 0], "down", [1, 1]],
    ["no further than the last row", [1, 1], "down", null],
    ["no further than the last stage", [2, 0], "right", null],
  ] as const)("%s", (_, [stage, index], direction, expected) => {
    const next = neighbour(model, { stage, step: index }, direction);
    expect(next && [next.stage, next.step]).toEqual(expected);
  });
});

describe("the layout", () => {
  it("draws one stage without wires", () => {
    expect(layout([{ rows: 1, begun: true }])).toEqual({ width: RUN.node, height: 78, done: "", ahead: "" });
  });

  it("draws as the sheet's measures say", () => {
    const { done } = layout([
      { rows: 1, begun: true },
      { rows: 2, begun: true },
    ]);
    expect(done).toBe("M196 54H292M254 54Q266 54 266 66V94Q266 106 278 106H292");
  });

  it("dashes what is ahead", () => {
    const lay = layout([
      { rows: 1, begun: true },
      { rows: 1, begun: true },
      { rows: 1, begun: false },
    ]);
    expect([lay.done, lay.ahead]).toEqual(["M196 54H292", "M488 54H584"]);
  });

  it("stays within its size", () => {
    const columns = fc.array(fc.record({ rows: fc.integer({ min: 1, max: 12 }), begun: fc.boolean() }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(columns, (all) => {
        const lay = layout(all);
        const numbers = (lay.done + lay.ahead).match(/-?\d+/g)?.map(Number) ?? [0];
        expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...numbers)).toBeLessThanOrEqual(Math.max(lay.width, lay.height));
      }),
    );
  });
});
