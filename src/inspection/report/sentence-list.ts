import { sigmoid } from '../../math/sigmoid.js';
import type { InspectedAttribution, Inspection } from '../inspection.js';
import { type Html, html } from './escape.js';
import { signed } from './numbers.js';
import type { ColourScale } from './strength.js';
import { visibleText } from './visible-text.js';

const BAR = { width: 120, height: 10 } as const;

/** The document's sentences, the one with the largest effect first, each with a bar and its score alone. */
export function sentenceList(
  inspection: Inspection,
  { sentences: values }: InspectedAttribution,
  { sentences: full }: ColourScale,
): Html {
  const rows = inspection.sentences
    .map((sentence, index) => ({ ...sentence, index, value: values[index] ?? 0 }))
    .filter(({ part }) => part === 'document')
    .sort((a, b) => b.value - a.value);
  const zero = rows.some(({ value }) => value < 0) ? BAR.width / 2 : 0;
  const items = rows.map(({ index, start, end, value, aloneLogit }) => {
    const text = visibleText(inspection.pair.document.slice(start, end));
    return html`<li data-sentence="${index}" tabindex="0">
  <span class="sentence-bar">${signedBar(full === 0 ? 0 : value / full, zero)}<span class="number">${signed(value)}</span></span>
  <span class="sentence-text" dir="auto">${text}</span>
  <span class="sentence-alone soft small number">${aloneLogit !== null && html`alone ${sigmoid(aloneLogit).toFixed(2)}`}</span>
</li>`;
  });
  return html`<ol class="sentences">${items}</ol>`;
}

/** A bar to the right for positive values, to the left for negative ones. */
function signedBar(share: number, zero: number): Html {
  const length = Math.abs(share) * (BAR.width - zero);
  const x = share < 0 ? zero - length : zero;
  return html`<svg class="signed-bar" viewBox="0 0 ${BAR.width} ${BAR.height}" width="${BAR.width}" height="${BAR.height}" aria-hidden="true"><rect class="${share < 0 ? 'against' : 'for'}" x="${x.toFixed(1)}" width="${length.toFixed(1)}" height="${BAR.height}" rx="2"/><line x1="${zero}" x2="${zero}" y1="0" y2="${BAR.height}"/></svg>`;
}
