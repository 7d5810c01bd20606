import type { Execution, StageStatus, StepStatus } from "../../src/run/execution";

export const NOW = Date.parse("2026-11-22T12:00:00Z");
export const before = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

/** A run of the stages Clone (clone), Check (build, test) and Deploy (production); `steps` by stage. */
export function execution(steps: StepStatus[][], more: Partial<Execution> = {}): Execution {
  const stages: StageStatus[] = steps.map((own) => ({ state: own[0]?.state ?? "Waiting", steps: own }));
  return {
    name: "demo-3",
    project: "p-1",
    pipeline: "demo",
    run: 3,
    attempt: 2,
    version: 1,
    plan: {
      stages: [
        { name: "Clone", steps: [{ name: "clone", kind: "sourceCodeConfig" }] },
        { name: "Check", steps: [{ name: "build", kind: "runScriptConfig" }, { name: "test", kind: "runScriptConfig" }] },
        { name: "Deploy", steps: [{ name: "production", kind: "applyYamlConfig" }] },
      ],
    },
    status: { executionState: "Building", stages },
    ...more,
  };
}
