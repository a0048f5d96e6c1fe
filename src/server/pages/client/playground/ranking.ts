import { ResultItem, type ShownResult } from './result-item.js';

const MOVE_MS = 220;

/** The list of results. A document's element is kept when its place changes, so that the eye can follow it. */
export class Ranking {
  private readonly items = new Map<number, ResultItem>();

  constructor(
    private readonly list: HTMLOListElement,
    private readonly onWhy: (text: string) => void,
  ) {}

  /** Shows results in their order, the best first. */
  show(results: readonly ShownResult[]): void {
    const before = this.tops();
    const shown = new Set(results.map(({ scored }) => scored.index));
    for (const [index, { element }] of this.items) {
      if (!shown.has(index)) {
        element.remove();
        this.items.delete(index);
      }
    }
    for (const [place, result] of results.entries()) {
      const { index } = result.scored;
      const item = this.items.get(index) ?? new ResultItem(this.onWhy);
      this.items.set(index, item);
      item.show(result);
      if (this.list.children[place] !== item.element) {
        this.list.insertBefore(item.element, this.list.children[place] ?? null);
      }
    }
    this.slide(before);
  }

  private tops(): Map<Element, number> {
    return new Map([...this.list.children].map((item) => [item, item.getBoundingClientRect().top]));
  }

  private slide(before: ReadonlyMap<Element, number>): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      return;
    }
    for (const [item, top] of this.tops()) {
      const moved = (before.get(item) ?? top) - top;
      if (moved !== 0) {
        item.animate([{ transform: `translateY(${moved}px)` }, { transform: 'none' }], {
          duration: MOVE_MS,
          easing: 'ease-out',
        });
      }
    }
  }
}
