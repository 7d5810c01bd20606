/**
 * Keys of every page. An element with `data-key` is clicked by its key; in a list marked `data-rows`, `j` and `k`
 * move and `Enter` opens; `/` goes to the element marked `data-search`; `?` shows the keys.
 */

import { isTyping } from "../run/keys";

const visible = (element: HTMLElement): boolean => element.offsetParent !== null;

function row(way: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-rows] [data-row]")].filter(visible);
  const at = rows.findIndex((element) => element.contains(document.activeElement));
  const next = rows[at === -1 ? 0 : Math.max(0, Math.min(rows.length - 1, at + way))];
  (next?.querySelector<HTMLElement>("a, button") ?? next)?.focus();
}

function click(key: string): boolean {
  const found = [...document.querySelectorAll<HTMLElement>("[data-key]")].find(
    (element) => element.dataset["key"] === key && visible(element),
  );
  found?.click();
  return found !== undefined;
}

function perform(key: string): boolean {
  if (key === "j" || key === "k") row(key === "j" ? 1 : -1);
  else if (key === "/") document.querySelector<HTMLElement>("[data-search]")?.focus();
  else if (key === "?") document.querySelector<HTMLDialogElement>("#keys")?.showModal();
  else return click(key);
  return true;
}

export function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key.length === 1 && perform(event.key)) event.preventDefault();
}
