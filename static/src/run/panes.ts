/** Handles that resize panes: a CSS length on the root, remembered by name. */

export interface Pane {
  readonly name: string; // of the custom property, `--pane-…`, and in storage
  readonly axis: "x" | "y";
  readonly least: number; // px
  readonly most: () => number; // px
}

const STEP = 16; // px of an arrow key

function apply(pane: Pane, px: number): number {
  const size = Math.round(Math.max(pane.least, Math.min(pane.most(), px)));
  document.documentElement.style.setProperty(`--pane-${pane.name}`, `${size}px`);
  return size;
}

export function recall(pane: Pane): void {
  const size = Number(localStorage.getItem(`pane.${pane.name}`));
  if (size > 0) apply(pane, size);
}

/** Let `handle` resize `target`, with the pointer and with arrow keys. */
export function resizable(handle: HTMLElement, target: HTMLElement, pane: Pane): void {
  const size = (): number => target.getBoundingClientRect()[pane.axis === "x" ? "width" : "height"];
  const say = (): void => handle.setAttribute("aria-valuenow", String(Math.round(size())));
  const keep = (px: number): void => {
    localStorage.setItem(`pane.${pane.name}`, String(apply(pane, px)));
    say();
  };
  say();
  handle.addEventListener("pointerdown", (down) => {
    const start = pane.axis === "x" ? down.clientX : down.clientY;
    const before = size();
    handle.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent): void => keep(before + (pane.axis === "x" ? event.clientX : event.clientY) - start);
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", move), { once: true });
  });
  handle.addEventListener("keydown", (event) => {
    const [less, more] = pane.axis === "x" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    if (event.key !== less && event.key !== more) return;
    event.preventDefault();
    keep(size() + (event.key === more ? STEP : -STEP));
  });
  handle.addEventListener("dblclick", () => {
    localStorage.removeItem(`pane.${pane.name}`);
    document.documentElement.style.removeProperty(`--pane-${pane.name}`);
  });
}
