import type { PlacedToken } from '../../../../tokenizer/tokenized.js';
import { create } from '../shared/dom.js';
import { darkness, labelOf } from './attention-values.js';

/** The pair's tokens in a row, shaded by the attention of one of them. */
export class TokenStrip {
  private readonly options: HTMLElement[];
  private from = 0;

  constructor(element: HTMLElement, tokens: readonly PlacedToken[], onChoose: (from: number) => void) {
    this.options = tokens.map((token, i) => {
      const option = create(
        'span',
        { role: 'option', class: `token ${token.part}`, 'aria-selected': 'false', tabindex: '-1' },
        labelOf(token),
      );
      option.addEventListener('click', () => onChoose(i));
      option.addEventListener('pointerenter', () => onChoose(i));
      return option;
    });
    for (const [i, option] of this.options.entries()) {
      // Pieces of one word are joined; a space is only where the text has one.
      const glue = i > 0 && !tokens[i]?.piece.startsWith('▁') && tokens[i - 1]?.part === tokens[i]?.part;
      element.append(...(glue ? [] : [' ']), option);
    }
    element.addEventListener('keydown', (event) => {
      const next = { ArrowRight: this.from + 1, ArrowLeft: this.from - 1, Home: 0, End: tokens.length - 1 }[
        event.key
      ];
      if (next !== undefined && this.options[next] !== undefined) {
        event.preventDefault();
        onChoose(next);
        this.options[next].focus();
      }
    });
  }

  /**
   * @param shares the marked token's attention to each token.
   * @param strongest the share that is the full colour.
   */
  shade(from: number, shares: readonly number[], strongest: number): void {
    this.from = from;
    for (const [i, option] of this.options.entries()) {
      option.style.setProperty('--share', darkness(shares[i] ?? 0, strongest).toFixed(3));
      option.title = `${(shares[i] ?? 0).toFixed(3)}`;
      option.setAttribute('aria-selected', String(i === from));
      option.tabIndex = i === from ? 0 : -1;
    }
  }
}
