/** What went wrong first in the steps that failed, asked of the server once for each. */

import { logId, stepIds, stepStatus, type Execution } from "./execution";

const MOST = 30; // steps

interface Facts {
  readonly firstError: { readonly line: number; readonly text: string } | null;
}

export class FirstErrors {
  /** By log id: the line's text. */
  texts: ReadonlyMap<string, string> = new Map();
  private readonly asked = new Set<string>();

  constructor(
    private readonly address: string, // with {log}
    private readonly found: () => void,
  ) {}

  lookAt(execution: Execution): void {
    if (this.address === "") return;
    for (const step of stepIds(execution)) {
      const { state } = stepStatus(execution, step);
      const log = logId(execution, step);
      if (state !== "Failed" || this.asked.has(log) || this.asked.size >= MOST) continue;
      this.asked.add(log);
      void this.ask(log);
    }
  }

  private async ask(log: string): Promise<void> {
    try {
      const answer = await fetch(`${this.address.replace("{log}", log)}/facts`, { headers: { Accept: "application/json" } });
      const { firstError } = answer.ok ? ((await answer.json()) as Facts) : { firstError: null };
      if (firstError === null) return;
      this.texts = new Map(this.texts).set(log, firstError.text);
      this.found();
    } catch {
      // A line less in the list of steps; the step's log has it all the same.
    }
  }
}
