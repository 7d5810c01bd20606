/** `<time data-relative>` elements are kept true as time goes by. */

import { relative } from "./relative";

const EVERY = 30_000; // ms

export function keepTimes(root: Document): void {
  const refresh = (): void => {
    for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-relative]")) {
      const then = Date.parse(element.dateTime);
      if (!Number.isNaN(then)) element.textContent = relative(then, Date.now(), root.documentElement.lang || "en");
    }
  };
  refresh();
  setInterval(refresh, EVERY);
  root.addEventListener("htmx:afterSwap", refresh);
}
