/**
 * `<code-area>` around a `<textarea>`: numbers its lines, marks those with problems, and goes to the line that a link
 * with `data-line` names. Tab leaves the text as everywhere else. `data-bad` lists line numbers.
 */

import { lineSpan } from "./line-span";

const wanted = (link: HTMLElement): number => Number(link.dataset["line"]) || 1;

export class CodeArea extends HTMLElement {
  private readonly numbers = document.createElement("div");
  private leaving: AbortController | null = null;

  connectedCallback(): void {
    const text = this.querySelector("textarea");
    if (text === null) return;
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    this.numbers.className = "line-numbers";
    this.numbers.setAttribute("aria-hidden", "true");
    this.prepend(this.numbers);
    const number = (): void => this.number(text);
    text.addEventListener("input", number, { signal });
    text.addEventListener("scroll", () => (this.numbers.scrollTop = text.scrollTop), { signal });
    document.addEventListener("click", (event) => this.clicked(event, text), { signal });
    number();
  }

  disconnectedCallback(): void {
    this.leaving?.abort();
  }

  private number(text: HTMLTextAreaElement): void {
    const count = text.value.split("\n").length;
    if (this.numbers.childElementCount === count) return;
    const bad = new Set((this.dataset["bad"] ?? "").split(" ").map(Number));
    const lines = Array.from({ length: count }, (_, index) => {
      const line = document.createElement("span");
      line.textContent = String(index + 1);
      if (bad.has(index + 1)) line.className = "is-bad";
      return line;
    });
    this.numbers.replaceChildren(...lines);
  }

  private clicked(event: Event, text: HTMLTextAreaElement): void {
    const link = (event.target as Element).closest<HTMLElement>("a[data-line]");
    if (link === null) return;
    event.preventDefault();
    const [start, end] = lineSpan(text.value, wanted(link));
    const height = text.scrollHeight / Math.max(1, text.value.split("\n").length);
    text.focus({ preventScroll: true });
    text.setSelectionRange(start, end);
    text.scrollTop = Math.max(0, (wanted(link) - 4) * height);
    text.scrollIntoView({ block: "nearest" });
  }
}
