/** A run in the middle of its work, and logs for it: what the development page shows without a server. */

import type { Execution, StageStatus, StepStatus } from "../run/execution";

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

const done = (from: number, to: number, more: Partial<StepStatus> = {}): StepStatus => ({
  state: "Success",
  started: ago(from),
  ended: ago(to),
  attempt: 2,
  ...more,
});

const STAGES: StageStatus[] = [
  { state: "Success", started: ago(400), ended: ago(394), steps: [done(400, 394, { attempt: 1 })] },
  {
    state: "Failed",
    started: ago(390),
    ended: ago(299),
    steps: [
      done(390, 318, { attempt: 1 }),
      done(390, 299, { attempt: 1 }),
      done(390, 366, { state: "Failed", attempt: 1, exitCode: 1, reason: { code: "ExitCode", params: { code: 1 } } }),
    ],
  },
  {
    state: "Success",
    started: ago(94),
    ended: ago(46),
    steps: [done(94, 46), { state: "Skipped", reason: { code: "EventNotIncluded", params: { events: ["tag"], event: "push" } } }],
  },
  {
    state: "Pending",
    started: ago(46),
    steps: [
      { state: "Pending", started: ago(46), attempt: 2, reason: { code: "WaitsForApproval", params: { who: "you", given: 0, needed: 1 } } },
      { state: "Building", started: ago(41), attempt: 2 },
      { state: "Waiting", attempt: 2, reason: { code: "EngineStarting" } },
    ],
  },
  { state: "Waiting", steps: [{ state: "Waiting", reason: { code: "WaitsForStage", params: { stage: "Approve" } } }] },
];

const step = (name: string, image = "node:22"): { name: string; kind: string; image: string } => ({
  name,
  kind: "runScriptConfig",
  image,
});

export const EXECUTION: Execution = {
  name: "checkout-api-41",
  project: "p-zwmcv",
  pipeline: "checkout-api",
  run: 41,
  attempt: 2,
  attempts: [
    { number: 1, state: "Failed", mode: "all", by: "lin" },
    { number: 2, state: "Building", mode: "stage", by: "maya" },
  ],
  version: 17,
  displayName: "checkout-api",
  started: ago(94),
  ended: null,
  median: 190,
  medians: { "3.1": 64 },
  plan: {
    stages: [
      { name: "Clone", steps: [{ name: "clone", kind: "sourceCodeConfig" }] },
      { name: "Check", steps: [step("build"), step("test"), step("lint")] },
      { name: "Publish", steps: [step("image", "docker:27"), step("chart", "helm:3")] },
      { name: "Approve", steps: [{ name: "sign-off", kind: "approvalConfig" }, step("e2e"), step("load-test", "k6:1")] },
      { name: "Deploy", steps: [step("production", "kubectl:1.31")] },
    ],
  },
  status: { executionState: "Building", stages: STAGES },
  may: { stop: true, rerun: true, delete: false },
};

const E2E = `\x1b[2m$\x1b[0m \x1b[1mnpm ci --prefer-offline --no-audit\x1b[0m
added 412 packages in 9.1s
\x1b[2m$\x1b[0m \x1b[1mmake e2e BASE_URL=https://pr.preview.acme.internal\x1b[0m
Running \x1b[1m86\x1b[0m tests using \x1b[1m4\x1b[0m workers
  \x1b[32m✓\x1b[0m \x1b[2m 1\x1b[0m basket › keeps its items after sign-in \x1b[2m(1.2s)\x1b[0m
  \x1b[32m✓\x1b[0m \x1b[2m 2\x1b[0m basket › merges the guest basket \x1b[2m(0.9s)\x1b[0m
\x1b[33mwarn\x1b[0m  POST /v2/capture answered 409, retry 1 of 3 in 200 ms
\x1b[33mwarn\x1b[0m  POST /v2/capture answered 409, retry 2 of 3 in 400 ms
  \x1b[1;31m✗\x1b[0m \x1b[2m 4\x1b[0m \x1b[31mcheckout › retries the capture on 409\x1b[0m \x1b[2m(5.0s)\x1b[0m
       \x1b[31mError: expected order state\x1b[0m \x1b[32m"captured"\x1b[31m, received\x1b[0m \x1b[31m"pending"\x1b[0m
         41 \x1b[2m|\x1b[0m   \x1b[35mawait\x1b[0m pay(page, card.declinesOnce);
       \x1b[31m▸\x1b[0m 42 \x1b[2m|\x1b[0m   \x1b[35mawait\x1b[0m expect(order).toHaveState(\x1b[32m"captured"\x1b[0m);
       at \x1b[36mtests/checkout.spec.ts:42:23\x1b[0m
\x1b[38;5;208m256 colours\x1b[0m and \x1b[38;2;120;80;255mtrue colour\x1b[0m, \x1b[7minverse\x1b[0m, \x1b[4munderlined\x1b[0m, \x1b[41;97m on red \x1b[0m, \x1b[43m on yellow \x1b[0m
<script>alert("markup stays text")</script> 中文日志也一样 🚀
`;

const PROGRESS = Array.from({ length: 38 }, (_, done) => `trace.zip ${"━".repeat(done)} ${Math.round((done / 37) * 100)} %`).join("\r");

/** The log of a step: short ones as text, and one of a million lines. */
export function logText(id: string): string[] {
  if (id.endsWith("/3.1")) return [E2E, PROGRESS, "\n", `long ${"x".repeat(90_000)}\n`, tail(1, 60)];
  if (id.endsWith("/1.1")) return Array.from({ length: 100 }, (_, part) => tail(part * 10_000 + 1, 10_000));
  return [`\x1b[2m$\x1b[0m echo ${id}\n::group::Install dependencies\nfetching\nlinking\n::endgroup::\n${id}\n`];
}

function tail(from: number, count: number): string {
  const lines: string[] = [];
  for (let line = from; line < from + count; line += 1) {
    lines.push(`  \x1b[32m✓\x1b[0m \x1b[2m${String(line).padStart(7)}\x1b[0m address › suggests by postcode, case ${line * 7919 % 100_003} \x1b[2m(${line % 10}.${line % 7}s)\x1b[0m`);
  }
  return lines.join("\n") + "\n";
}
