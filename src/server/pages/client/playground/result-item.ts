import { create } from '../../../../inspection/report/client/shared/dom.js';
import { excerpt } from './excerpt.js';
import type { ScoredDocument } from './request.js';
import { barOf, formatScore } from './score-format.js';

/** A result with everything that is shown with it. */
export interface ShownResult {
  readonly scored: ScoredDocument;
  readonly text: string;
  /** Where the model stopped reading; the text's length if it read everything; undefined until the place is known. */
  readonly cutAt: number | undefined;
  readonly isLogit: boolean;
  /** The largest magnitude of all logits. */
  readonly scale: number;
}

/** One document in the ranking. */
export class ResultItem {
  readonly element: HTMLLIElement;
  private readonly score = create('span', { class: 'score number' });
  private readonly bar = create('span', {});
  private readonly track = create('div', { class: 'bar', 'aria-hidden': 'true' }, this.bar);
  private readonly text = create('p', { class: 'result-text', dir: 'auto' });
  private readonly facts = create('span', { class: 'result-facts soft small number' });
  private readonly toggle = create('button', { type: 'button', class: 'button', 'data-kind': 'quiet' });
  private readonly why = create('button', { type: 'button', class: 'button', 'data-kind': 'quiet' }, 'Why?');
  private shown: ShownResult | undefined;
  private whole = false;

  /** @param onWhy called with the text whose score is asked about. */
  constructor(onWhy: (text: string) => void) {
    this.why.addEventListener('click', () => onWhy((this.shown as ShownResult).text));
    this.toggle.addEventListener('click', () => {
      this.whole = !this.whole;
      this.showText();
    });
    this.element = create(
      'li',
      { class: 'result' },
      this.score,
      create(
        'div',
        { class: 'result-body' },
        this.track,
        this.text,
        create(
          'div',
          { class: 'result-foot' },
          this.facts,
          create('span', { class: 'result-actions' }, this.toggle, this.why),
        ),
      ),
    );
  }

  /** Shows a result instead of the previous one. */
  show(result: ShownResult): void {
    const { scored, text, isLogit, scale } = result;
    if (text !== this.shown?.text) {
      this.whole = false;
    }
    this.shown = result;
    const { start, share } = barOf(scored.relevance_score, isLogit, scale);
    this.score.textContent = formatScore(scored.relevance_score, isLogit);
    this.track.dataset.scale = isLogit ? 'logit' : 'sigmoid';
    this.bar.dataset.sign = isLogit && scored.relevance_score < 0 ? 'negative' : 'positive';
    this.bar.style.setProperty('--start', start.toFixed(4));
    this.bar.style.setProperty('--share', share.toFixed(4));
    const { used, query_cut, document_cut } = scored.tokens;
    this.facts.textContent = [
      `Document ${scored.index + 1}`,
      `${used} tokens`,
      ...(document_cut > 0 ? [`${document_cut} cut`] : []),
      ...(query_cut > 0 ? [`${query_cut} of the query cut`] : []),
    ].join(' · ');
    this.why.setAttribute('aria-label', `Why did document ${scored.index + 1} score so?`);
    this.showText();
  }

  private showText(): void {
    const { text, cutAt = text.length, scored } = this.shown as ShownResult;
    this.text.replaceChildren(...markCut(text, cutAt, this.whole));
    this.toggle.hidden = excerpt(text, cutAt, false).every(({ kind }) => kind !== 'gap');
    this.toggle.textContent = this.whole ? 'Show less' : 'Show all';
    this.toggle.setAttribute('aria-expanded', String(this.whole));
    this.toggle.setAttribute('aria-label', `${this.toggle.textContent} of document ${scored.index + 1}`);
  }
}

/** A text in which the part that the model did not read is marked, also for screen readers. */
export function markCut(text: string, cutAt: number, whole: boolean): Node[] {
  let marked = false;
  return excerpt(text, cutAt, whole).flatMap(({ text, kind }): Node[] => {
    if (kind === 'seen') {
      return [document.createTextNode(text)];
    }
    if (kind === 'gap') {
      return [create('span', { class: 'gap' }, ' … ')];
    }
    const label = create('span', { class: 'cut-mark' }, 'cut from here');
    const isFirst = !marked;
    marked = true;
    return [...(isFirst ? [label] : []), create('span', { class: 'cut' }, text)];
  });
}
