/** Toasts go by their button, and by themselves after a while unless they report trouble. */

const STAY = 8000; // ms

export function dismissToasts(root: Document): void {
  root.addEventListener("click", (event) => {
    const button = (event.target as Element).closest("[data-dismiss]");
    button?.closest(".toast")?.remove();
  });
  const watch = (): void => {
    for (const toast of root.querySelectorAll<HTMLElement>('.toast[role="status"]:not([data-leaving])')) {
      toast.dataset["leaving"] = "";
      setTimeout(() => toast.remove(), STAY);
    }
  };
  watch();
  const holder = root.querySelector(".toasts");
  if (holder !== null) new MutationObserver(watch).observe(holder, { childList: true });
}
