import { findOrderChanges } from '../../math/order-changes.js';
import { sigmoid } from '../../math/sigmoid.js';
import { absoluteDifferences } from '../../math/statistics.js';
import { readAsset } from './assets.js';
import { lengthChart, scoreHistogram } from './dataset-charts.js';
import {
  type DatasetInspection,
  type DatasetRow,
  type FailedPair,
  findDisagreements,
} from './dataset-scores.js';
import { type Html, html } from './escape.js';
import { percent, plain, plural, signed } from './numbers.js';
import { createDocument, type PageDocument } from './page-shell.js';
import { visibleText } from './visible-text.js';

/** Most rows of a table. */
const SHOWN = 20;
/** Most characters of a text in a table. */
const EXCERPT = 220;

/** A set of scored pairs as one self-contained page. */
export function datasetPage(dataset: DatasetInspection): PageDocument {
  return createDocument({
    title: `${dataset.source}: ${plural(dataset.rows.length, 'pair')}`,
    body: datasetView(dataset),
    style: readAsset('report.css'),
  });
}

/** The distribution of scores, their relation to length, what was cut, and where two models differ. */
export function datasetView(dataset: DatasetInspection): Html {
  const { rows, source, model } = dataset;
  return html`<main id="main" class="page report">
<header class="report-header">
  <p class="wordmark soft small">tfjs-reranker · inspection of a set</p>
  <h1>${visibleText(source)}</h1>
  <p class="soft">${summary(rows)}</p>
</header>
<div class="two-columns">
  <section class="panel" aria-label="Scores"><h2>Distribution of the scores</h2><p class="hint">Number of pairs by score, in steps of 0.05.</p>${scoreHistogram(rows)}</section>
  <section class="panel" aria-label="Length"><h2>Length against score</h2><p class="hint">Each dot is a pair; hollow orange squares are pairs that were truncated.</p>${lengthChart(rows)}</section>
</div>
${dataset.failed.length > 0 && failurePanel(dataset.failed)}
${truncationPanel(dataset)}
${dataset.compared !== null && comparisonPanel(dataset, dataset.compared)}
${extremesPanel(rows)}
<p class="facts soft small">${model.name}, ${model.layers} layers × ${model.heads} heads, on ${model.backend}, ${model.dtype}; at most ${model.maxLength} tokens a pair (${model.truncation}).</p>
</main>`;
}

function summary(rows: readonly DatasetRow[]): string {
  const above = rows.filter(({ score }) => score >= 0.5).length;
  return `${plural(rows.length, 'pair')}; ${plural(above, 'pair')} (${percent(above / rows.length)}) above 0.5.`;
}

function failurePanel(failed: readonly FailedPair[]): Html {
  return html`<section class="panel" aria-label="Without a score">
  <h2>Without a score</h2>
  <p>For ${plural(failed.length, 'pair')} the model gave a logit that is not a finite number. ${failed.length === 1 ? 'It is' : 'They are'} not included in any figure below. <code>tfjs-reranker verify</code> compares the model with a reference.</p>
  <div class="scroll-x"><table class="pairs"><thead><tr><th scope="col">pair</th><th scope="col">query</th><th scope="col">document</th></tr></thead>
<tbody>${failed.slice(0, SHOWN).map(({ pair, query, document }) => html`<tr><td class="number">${pair}</td><td><bdi>${excerpt(query)}</bdi></td><td><bdi>${excerpt(document)}</bdi></td></tr>`)}</tbody></table></div>
</section>`;
}

function truncationPanel({ rows, model }: DatasetInspection): Html {
  const cut = rows.filter(({ tokensCut }) => tokensCut > 0);
  const lost = rows.reduce((sum, { tokensCut }) => sum + tokensCut, 0);
  const all = lost + rows.reduce((sum, { tokens }) => sum + tokens, 0);
  const share = cut.length / rows.length;
  return html`<section class="panel" aria-label="Truncation">
  <h2>What was cut</h2>
  <svg class="share-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="4"/><rect class="against" width="${(100 * share).toFixed(1)}" height="4"/></svg>
  <p>${plural(cut.length, 'pair')} of ${rows.length.toLocaleString('en-US')} (${percent(share)}) did not fit into ${model.maxLength} tokens; ${plural(lost, 'token')} (${percent(lost / all)} of all) were cut off.</p>
</section>`;
}

function comparisonPanel(dataset: DatasetInspection, compared: string): Html {
  const { rows, model } = dataset;
  const { max, mean } = absoluteDifferences(
    rows.map(({ logit }) => logit),
    rows.map(({ otherLogit }) => otherLogit ?? Number.NaN),
  );
  const { pairs, changes } = findOrderChanges(
    rows.map(({ logit }) => logit),
    rows.map(({ otherLogit }) => otherLogit ?? Number.NaN),
    rows.map(({ query }) => query),
  );
  const order =
    pairs === 0
      ? 'No query has two documents here, so no order can change.'
      : `Of ${plural(pairs, 'pair')} of documents of one query, ${changes.length} (${percent(changes.length / pairs)}) change their order${changes[0] === undefined ? '' : `; the largest margin among them is ${changes[0].margin.toFixed(4)} of the logit`}.`;
  return html`<section class="panel" aria-label="Comparison">
  <h2>${model.dtype} against ${compared}</h2>
  <p>The logits differ by ${mean.toExponential(1)} on average and ${max.toExponential(1)} at most. ${order}</p>
  <h3 class="sentences-title">Where they disagree most</h3>
  ${pairTable(
    ['difference', 'here', compared],
    findDisagreements(dataset, SHOWN).map(({ row, difference }) => {
      const { score, otherLogit } = rows[row] as DatasetRow;
      return {
        row: rows[row] as DatasetRow,
        cells: [signed(difference, 4), score.toFixed(4), sigmoid(otherLogit ?? 0).toFixed(4)],
      };
    }),
  )}
</section>`;
}

function extremesPanel(rows: readonly DatasetRow[]): Html {
  const sorted = [...rows].sort((a, b) => b.logit - a.logit);
  const middle = [...rows].sort((a, b) => Math.abs(a.logit) - Math.abs(b.logit));
  const table = (
    title: string,
    some: readonly DatasetRow[],
  ): Html => html`<details class="panel"><summary><h2>${title}</h2></summary>
${pairTable(
  ['score', 'logit'],
  some.slice(0, SHOWN).map((row) => ({ row, cells: [row.score.toFixed(4), plain(row.logit, 3)] })),
)}</details>`;
  return html`${table('The highest scores', sorted)}${table('Undecided: nearest to 0.5', middle)}${table('The lowest scores', sorted.toReversed())}`;
}

function pairTable(
  columns: readonly string[],
  entries: readonly { readonly row: DatasetRow; readonly cells: readonly string[] }[],
): Html {
  return html`<div class="scroll-x"><table class="pairs">
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}<th scope="col">tokens</th><th scope="col">query</th><th scope="col">document</th></tr></thead>
<tbody>${entries.map(
    ({
      row,
      cells,
    }) => html`<tr>${cells.map((cell) => html`<td class="number">${cell}</td>`)}<td class="number">${row.tokens}${row.tokensCut > 0 && html` <span class="cut-count" title="${row.tokensCut} cut">−${row.tokensCut}</span>`}</td><td><bdi>${excerpt(row.query)}</bdi></td><td><bdi>${excerpt(row.document)}</bdi></td></tr>
`,
  )}</tbody>
</table></div>`;
}

function excerpt(text: string): string {
  return visibleText(text.length > EXCERPT ? `${text.slice(0, EXCERPT - 1)}…` : text);
}
