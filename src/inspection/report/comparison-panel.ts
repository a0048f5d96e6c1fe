import type { Counterfactual } from '../attribution/attribution-types.js';
import type { Inspection } from '../inspection.js';
import { shadeWords } from './coloured-text.js';
import { type Html, html } from './escape.js';
import { plain } from './numbers.js';
import { visibleText } from './visible-text.js';

/** Why the first document is ahead of this one: the difference for each word, and what would reverse the order. */
export function comparisonPanel(
  first: Inspection,
  own: Inspection,
  counterfactual: Counterfactual | null,
): Html {
  const lead = first.logit - own.logit;
  return html`<section class="panel comparison" aria-label="Why the first is ahead">
  <h2>Why the first is ahead</h2>
  <p>By ${plain(lead)} of the logit: ${plain(first.logit)} against ${plain(own.logit)}.</p>
  ${queryWords(first, own)}
  ${counterfactual !== null && turned(first, counterfactual)}
</section>`;
}

/** The query, coloured by the effect of its words with the first document minus their effect with this one. */
function queryWords(first: Inspection, own: Inspection): Html | undefined {
  const method = first.attributions[0]?.method;
  const [a, b] = [first, own].map(({ words, attributions }) => {
    const values = attributions.find((attribution) => attribution.method === method)?.words ?? [];
    return words.flatMap((span, i) => (span.part === 'query' ? [{ ...span, value: values[i] ?? 0 }] : []));
  }) as [Weighed, Weighed];
  if (method === undefined || a.length !== b.length) {
    return undefined; // truncation left different parts of the query
  }
  const differences = a.map((span, i) => ({ ...span, value: span.value - (b[i]?.value ?? 0) }));
  return html`<p class="hint">The query: blue words raise the first document's score more than this one's, orange ones less.</p>
<p class="coloured" dir="auto">${shadeWords(first.pair.query, differences)}</p>`;
}

type Weighed = { part: 'query' | 'document'; start: number; end: number; value: number }[];

/** The first document, with those words struck through whose removal would put it behind. */
function turned({ pair }: Inspection, { deleted, after, before, changed, isShortest }: Counterfactual): Html {
  const pieces: Html[] = [];
  let at = 0;
  for (const { start, end } of deleted) {
    pieces.push(
      html`${visibleText(pair.document.slice(at, start))}<del>${visibleText(pair.document.slice(start, end))}</del>`,
    );
    at = end;
  }
  pieces.push(html`${visibleText(pair.document.slice(at))}`);
  const fewest = isShortest
    ? 'No smaller number of words is enough.'
    : 'Restoring any one of them would put it ahead again.';
  return html`<p class="hint">Without the ${deleted.length === 1 ? 'word' : `${deleted.length} words`} struck through here, the first would be behind: its logit would be ${plain(after[changed])} instead of ${plain(before[changed])}. ${fewest}</p>
<p class="coloured counterfactual" dir="auto">${pieces}</p>`;
}
