/** `<details class="drop">` menus close by Escape, by a click elsewhere, and when another one opens. */
export function closeMenus(root: Document): void {
  const open = (): NodeListOf<HTMLDetailsElement> => root.querySelectorAll("details.drop[open]");
  root.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target as Node)) menu.open = false;
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector<HTMLElement>("summary")?.focus();
    }
  });
}
