/** Search over all logs of a run, on the server: how often, and in which steps. */

import { parseStep, type StepId } from "./execution";

export interface StepCount {
  readonly log: string; // <attempt>/<stage>.<step>
  readonly step: string;
  readonly stage: string;
  readonly name: string;
  readonly count: number;
}

export interface RunMatches {
  readonly total: number;
  readonly steps: readonly StepCount[]; // in the order of the plan
}

const PAUSE = 250; // ms after the last key
const LONGEST = 200; // characters that the server takes

/** The step with matches that comes after `step`, or before it, going round; null when there is no other. */
export function otherStep(matches: RunMatches, step: StepId, way: 1 | -1): StepId | null {
  const places = matches.steps.map(({ step: id }) => parseStep(id)!);
  const order = (id: StepId): number => id.stage * 10_000 + id.step;
  const others = places.filter((id) => order(id) !== order(step));
  const ahead = others.filter((id) => (order(id) - order(step)) * way > 0);
  return (way === 1 ? (ahead[0] ?? others[0]) : (ahead.at(-1) ?? others.at(-1))) ?? null;
}

export class RunSearch {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private request: AbortController | null = null;

  constructor(
    private readonly address: string,
    private readonly found: (matches: RunMatches | null) => void,
  ) {}

  /** Look for `text`, unless another text comes at once. */
  find(text: string): void {
    clearTimeout(this.timer);
    this.request?.abort();
    this.found(null);
    if (text !== "" && text.length <= LONGEST && this.address !== "") this.timer = setTimeout(() => void this.ask(text), PAUSE);
  }

  private async ask(text: string): Promise<void> {
    const request = new AbortController();
    this.request = request;
    try {
      const answer = await fetch(`${this.address}?${new URLSearchParams({ q: text, limit: "1" })}`, {
        headers: { Accept: "application/json" },
        signal: request.signal,
      });
      if (answer.ok) this.found((await answer.json()) as RunMatches);
    } catch {
      // Searched anew at the next key: what the log's own search finds is there meanwhile.
    }
  }
}
