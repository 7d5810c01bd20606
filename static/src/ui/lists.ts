/**
 * Lists that ask the server again and again do so politely: not in a hidden tab, and without touching the page when
 * nothing is new. `data-live-list` marks the part that is replaced; the keyboard stays on the row it was on.
 */

const shown = new WeakMap<Element, string>();

interface Swap extends Event {
  readonly detail: { readonly target: Element; readonly xhr: XMLHttpRequest; shouldSwap: boolean };
}

const listOf = (event: Event): HTMLElement | null =>
  (event as Swap).detail.target.closest<HTMLElement>("[data-live-list]");

/** How to find the focused element again among new ones: an id, or where it leads. */
function mark(list: HTMLElement): string | null {
  const focused = document.activeElement;
  if (focused === null || !list.contains(focused)) return null;
  if (focused.id !== "") return `#${CSS.escape(focused.id)}`;
  const address = focused.getAttribute("href");
  return address === null ? null : `a[href="${CSS.escape(address)}"]`;
}

export function keepLists(root: Document): void {
  let focused: string | null = null;

  root.addEventListener("htmx:beforeRequest", (event) => {
    const polls = (event.target as Element).hasAttribute("data-poll");
    if (polls && root.hidden) event.preventDefault();
  });
  root.addEventListener("htmx:beforeSwap", (event) => {
    const list = listOf(event);
    const { detail } = event as Swap;
    if (list === null || !detail.shouldSwap) return;
    if (shown.get(list) === detail.xhr.responseText) detail.shouldSwap = false;
    shown.set(list, detail.xhr.responseText);
    focused = detail.shouldSwap ? mark(list) : null;
  });
  root.addEventListener("htmx:afterSwap", (event) => {
    if (focused === null) return;
    listOf(event)?.querySelector<HTMLElement>(focused)?.focus({ preventScroll: true });
    focused = null;
  });
}
