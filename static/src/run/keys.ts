/** Keys of the run page. Pure. */

export type Action =
  | "next"
  | "previous"
  | "open"
  | "find"
  | "nextHit"
  | "previousHit"
  | "follow"
  | "firstError";

const ACTIONS: Readonly<Record<string, Action>> = {
  j: "next",
  k: "previous",
  Enter: "open",
  "/": "find",
  n: "nextHit",
  N: "previousHit",
  f: "follow",
  e: "firstError",
};

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly defaultPrevented: boolean;
}

/** What a key asks for; null while the reader types, holds a modifier, or presses something else. */
export function actionOf(event: Pressed, typing: boolean): Action | null {
  if (typing || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
  return ACTIONS[event.key] ?? null;
}

/** Whether keys pressed at `target` belong to it. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
}
