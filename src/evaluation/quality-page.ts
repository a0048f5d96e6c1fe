import { readAsset } from '../inspection/report/assets.js';
import { type Html, html } from '../inspection/report/escape.js';
import { plural, signed } from '../inspection/report/numbers.js';
import { createDocument, type PageDocument } from '../inspection/report/page-shell.js';
import { visibleText } from '../inspection/report/visible-text.js';
import type { TestCollection } from './candidates.js';
import { type Run, rankDocuments } from './judgments.js';
import type { RerankQuality } from './rerank-quality.js';

/** What the page shows. */
export interface QualityPageInput {
  readonly title: string;
  /** What can be said, in a sentence. */
  readonly verdict: string;
  /** At least one; questions are sorted by the first. */
  readonly qualities: readonly RerankQuality[];
  readonly collection: TestCollection;
  readonly firstStage: Run;
  readonly reranked: Run;
  /** Model, data and settings. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** A question and how its value changed. */
interface Change {
  readonly query: string;
  readonly before: number;
  readonly after: number;
  readonly difference: number;
}

/** Most questions of a list, documents of a ranking, characters of a text, bars of the chart. */
const SHOWN = { questions: 15, documents: 3, characters: 300, bars: 400 } as const;
const CHART = { width: 640, height: 200, left: 40 } as const;

/** What reranking gained and lost, question by question, as one page that loads nothing. */
export function qualityPage(input: QualityPageInput): PageDocument {
  const { title, verdict, qualities, facts } = input;
  const [main] = qualities as [RerankQuality];
  const changes = Array.from(main.queries, ([query, { firstStage: before, reranked: after }]) => {
    return { query, before, after, difference: after - before };
  }).sort((a, b) => a.difference - b.difference);
  const losses = changes.filter(({ difference }) => difference < 0);
  const gains = changes.filter(({ difference }) => difference > 0).reverse();
  const unsolved = changes.filter(({ before, after }) => before === 0 && after === 0);
  return createDocument({
    title,
    style: readAsset('report.css'),
    body: html`<main id="main" class="page report">
<header class="report-header">
  <p class="wordmark soft small">tfjs-reranker · evaluation</p>
  <h1>${visibleText(title)}</h1>
  <p>${visibleText(verdict)}</p>
</header>
<section class="panel" aria-label="Measures"><h2>Measures</h2>
<p class="hint">The same candidates in both orders. The cap is what a perfect reranker would reach on them.</p>
${measureTable(qualities)}</section>
<section class="panel" aria-label="Gains and losses"><h2>Gains and losses in ${main.measure}</h2>
<p class="hint">One bar a question, from the largest loss to the largest gain: ${losses.length} worse, ${changes.length - losses.length - gains.length} the same, ${gains.length} better.</p>
${chart(changes)}</section>
${questionList('Largest losses', losses, input)}
${questionList('Largest gains', gains, input)}
${questionList('Not solved by either', unsolved, input)}
<p class="facts soft small">${facts.map(([name, value]) => `${name}: ${visibleText(value)}`).join(' · ')}</p>
</main>`,
  });
}

function measureTable(qualities: readonly RerankQuality[]): Html {
  const names = [
    'measure',
    'first stage',
    'reranked',
    'cap',
    'difference',
    '95 % interval',
    'p',
    'better',
    'same',
    'worse',
  ];
  return html`<div class="scroll-x"><table><thead><tr>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${qualities.map(({ measure, firstStage, reranked, cap, comparison }) => {
    const { difference, interval, p, wins, ties, losses } = comparison;
    const cells = [
      ...[firstStage, reranked, cap].map((value) => value.toFixed(4)),
      signed(difference, 4),
      interval.map((end) => signed(end, 4)).join(' to '),
      p.toFixed(4),
      ...[wins, ties, losses].map(String),
    ];
    return html`<tr><th scope="row">${measure}</th>${cells.map((cell) => html`<td class="number">${cell}</td>`)}</tr>`;
  })}</tbody></table></div>`;
}

/** Losses go down, gains up. */
function chart(changes: readonly Change[]): Html {
  const step = Math.ceil(changes.length / SHOWN.bars);
  const shown = changes.filter((_, i) => i % step === 0);
  const middle = CHART.height / 2;
  const width = (CHART.width - CHART.left) / shown.length;
  const bars = shown.map(({ query, difference }, i) => {
    const height = Math.abs(difference) * (middle - 8);
    const top = difference > 0 ? middle - height : middle;
    return html`<rect class="${difference < 0 ? 'histogram-bar negative' : 'histogram-bar'}" x="${(CHART.left + i * width).toFixed(2)}" y="${top.toFixed(1)}" width="${Math.max(0.5, width * 0.8).toFixed(2)}" height="${height.toFixed(1)}"><title>${visibleText(query)}: ${signed(difference, 4)}</title></rect>`;
  });
  const line = (share: number): Html => {
    const y = middle - share * (middle - 8);
    return html`<line class="grid" x1="${CHART.left}" x2="${CHART.width}" y1="${y}" y2="${y}"/><text class="tick" x="${CHART.left - 6}" y="${y + 4}" text-anchor="end">${signed(share, 0)}</text>`;
  };
  const omitted = step > 1 ? html`<p class="soft small">One question in ${step} is shown.</p>` : undefined;
  return html`<svg class="chart" viewBox="0 0 ${CHART.width} ${CHART.height}" role="img" aria-label="Differences by question">${[1, 0, -1].map(line)}${bars}</svg>${omitted}`;
}

function questionList(title: string, changes: readonly Change[], input: QualityPageInput): Html | undefined {
  if (changes.length === 0) return undefined;
  const shown = changes.slice(0, SHOWN.questions);
  const rest = changes.length - shown.length;
  return html`<section class="panel" aria-label="${title}"><h2>${title}</h2>
${shown.map((change) => questionDetails(change, input))}
${rest > 0 && html`<p class="soft small">and ${plural(rest, 'more question')}</p>`}</section>`;
}

function questionDetails({ query, before, after }: Change, input: QualityPageInput): Html {
  const { collection, firstStage, reranked } = input;
  const judgments = collection.qrels.get(query) ?? new Map<string, number>();
  const orders = [firstStage, reranked].map((run) => rankDocuments(run.get(query) ?? new Map())) as [
    string[],
    string[],
  ];
  const places = orders.map((order) => new Map(order.map((id, i) => [id, i + 1])));
  const relevant = [...judgments].filter(([, grade]) => grade >= 1).map(([id]) => id);
  const first = new Set([
    ...orders[1].slice(0, SHOWN.documents),
    ...orders[0].slice(0, SHOWN.documents),
    ...relevant,
  ]);
  const rows = [...first].sort((a, b) => (places[1]?.get(a) ?? Infinity) - (places[1]?.get(b) ?? Infinity));
  const text = visibleText(collection.queries.get(query) ?? '');
  return html`<details><summary>${text} <span class="soft small number">${before.toFixed(3)} → ${after.toFixed(3)}; ${causeOf(relevant, places)}</span></summary>
<div class="scroll-x"><table class="pairs"><thead><tr><th scope="col">reranked</th><th scope="col">first stage</th><th scope="col">relevance</th><th scope="col">logit</th><th scope="col">document</th></tr></thead>
<tbody>${rows.map((id) => {
    const logit = reranked.get(query)?.get(id);
    const cells = [
      places[1]?.get(id) ?? 'not found',
      places[0]?.get(id) ?? 'not found',
      judgments.get(id) ?? '',
      logit?.toFixed(2) ?? '',
    ];
    return html`<tr>${cells.map((cell) => html`<td class="number">${cell}</td>`)}<td><span class="soft small">${visibleText(id)}</span> ${excerpt(collection.documents.get(id) ?? '')}</td></tr>`;
  })}</tbody></table></div></details>`;
}

/** Why the value is what it is. */
function causeOf(
  relevant: readonly string[],
  [before, after]: readonly ReadonlyMap<string, number>[],
): string {
  const best = (places: ReadonlyMap<string, number> | undefined): number =>
    relevant.reduce((least, id) => Math.min(least, places?.get(id) ?? Infinity), Infinity);
  const missed = relevant.filter((id) => before?.has(id) !== true).length;
  if (relevant.length === 0) return 'no document is relevant';
  if (missed === relevant.length) return 'the first stage missed all relevant documents';
  const lacking = missed > 0 ? `; the first stage missed ${missed} of ${relevant.length}` : '';
  return `best relevant document ${best(before)} → ${best(after)}${lacking}`;
}

function excerpt(text: string): string {
  const visible = visibleText(text);
  return visible.length <= SHOWN.characters
    ? visible
    : `${visible.slice(0, SHOWN.characters).replace(/[\ud800-\udbff]$/, '')}…`;
}
