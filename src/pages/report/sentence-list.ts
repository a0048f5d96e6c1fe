import type { InspectedAttribution, Inspection } from '../../inspection/inspection.js';
import { sigmoid } from '../../reranker/scores.js';
import { type Html, html } from '../escape.js';
import { signed } from './numbers.js';
import { visibleText } from './visible-text.js';

const BAR = { width: 120, height: 10 } as const;

/** The document's sentences, the one that did most for it first, each with a bar and what it scores alone. */
export function sentenceList(inspection: Inspection, { sentences: values }: InspectedAttribution): Html {
  const rows = inspection.sentences
    .map((sentence, index) => ({ ...sentence, index, value: values[index] ?? 0 }))
    .filter(({ part }) => part === 'document')
    .sort((a, b) => b.value - a.value);
  const widest = Math.max(...rows.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  const items = rows.map(({ index, start, end, value, aloneLogit }) => {
    const text = visibleText(inspection.pair.document.slice(start, end));
    return html`<li data-sentence="${index}" tabindex="0">
  <span class="sentence-bar">${centredBar(value / widest)}<span class="number">${signed(value)}</span></span>
  <span class="sentence-text" dir="auto">${text}</span>
  <span class="sentence-alone soft small number">${aloneLogit !== null && html`alone ${sigmoid(aloneLogit).toFixed(2)}`}</span>
</li>`;
  });
  return html`<ol class="sentences">${items}</ol>`;
}

/** A bar from the middle: to the right for, to the left against. */
function centredBar(share: number): Html {
  const middle = BAR.width / 2;
  const length = Math.abs(share) * middle;
  const x = share < 0 ? middle - length : middle;
  return html`<svg class="centred-bar" viewBox="0 0 ${BAR.width} ${BAR.height}" width="${BAR.width}" height="${BAR.height}" aria-hidden="true"><rect class="${share < 0 ? 'against' : 'for'}" x="${x.toFixed(1)}" width="${length.toFixed(1)}" height="${BAR.height}" rx="2"/><line x1="${middle}" x2="${middle}" y1="0" y2="${BAR.height}"/></svg>`;
}
