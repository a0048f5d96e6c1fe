import type { InspectedRanking, Inspection } from '../inspection.js';
import { readAsset } from './assets.js';
import { comparisonPanel } from './comparison-panel.js';
import { documentView } from './document-view.js';
import { type Html, html } from './escape.js';
import { createDocument, type PageDocument } from './page-shell.js';
import type { ReportData } from './report-data.js';
import { visibleText } from './visible-text.js';

/** Characters of a document in its entry of the ranking. */
const EXCERPT = 160;

/**
 * Why documents scored as they did, as one self-contained page: for one document, or for several of one query, the best
 * first, with a switch between them.
 *
 * @param ranking of at least one document.
 * @param opened the index of the document that is shown first.
 */
export function reportPage({ inspections, counterfactuals }: InspectedRanking, opened = 0): PageDocument {
  const [first] = inspections as [Inspection, ...Inspection[]];
  const query = visibleText(first.pair.query);
  const isMany = inspections.length > 1;
  const data: ReportData = inspections.map(({ tokens, attention }) => ({ tokens, attention }));
  return createDocument({
    title: `Why? ${query.slice(0, 80)}`,
    body: html`<main id="main" class="page report">
<header class="report-header">
  <p class="wordmark soft small">tfjs-reranker · inspection</p>
  <h1 dir="auto">${query}</h1>
</header>
${isMany && rankingList(inspections, opened)}
${inspections.map(
  (
    inspection,
    i,
  ) => html`<article class="inspected" id="document-${i}" data-document="${i}"${isMany && html` role="tabpanel" aria-labelledby="choose-${i}"`}${i !== opened && html` hidden`}>
${documentView(inspection, {
  key: String(i),
  all: inspections,
  comparison: i === 0 ? undefined : comparisonPanel(first, inspection, counterfactuals[i] ?? null),
})}
</article>`,
)}
</main>`,
    style: readAsset('report.css'),
    script: readAsset('report.js'),
    data,
  });
}

function rankingList(inspections: readonly Inspection[], opened: number): Html {
  return html`<div class="ranking" role="tablist" aria-label="Documents, the best first" aria-orientation="vertical">
${inspections.map(
  (
    { pair, score },
    i,
  ) => html`<button type="button" role="tab" id="choose-${i}" aria-controls="document-${i}" aria-selected="${i === opened ? 'true' : 'false'}" tabindex="${i === opened ? 0 : -1}" data-choose="${i}">
  <span class="number rank-score">${score.toFixed(2)}</span>
  <svg class="score-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="6"/><rect class="fill" width="${Math.round(score * 1000) / 10}" height="6"/></svg>
  <span class="rank-text" dir="auto">${visibleText(pair.document.slice(0, EXCERPT))}</span>
</button>`,
)}
</div>`;
}
