import { readAsset } from '../inspection/report/assets.js';
import { type Html, html } from '../inspection/report/escape.js';
import { createDocument, type PageDocument } from '../inspection/report/page-shell.js';
import { visibleText } from '../inspection/report/visible-text.js';
import type { CalibrationQuality, Estimate, Reliability, ReliabilityBin } from './assess-calibration.js';
import type { CalibrationMethod } from './fit-calibration.js';

const SIZE = 300;
const MARGIN = 36;
/** The square diagram stands in the middle of it. */
const WIDTH = 640;

/** Two reliability diagrams, before and after calibration, as one page that loads nothing. */
export function calibrationPage({
  model,
  method,
  quality,
}: {
  readonly model: string;
  readonly method: CalibrationMethod;
  readonly quality: CalibrationQuality;
}): PageDocument {
  const { pairs, relevant, queries, before, after, auc, isSeparable } = quality;
  const verdict = isSeparable
    ? 'On queries that the curve was not fitted on.'
    : 'Not separable: the scores do not tell relevant pairs from others.';
  return createDocument({
    title: `Calibration of ${model}`,
    style: readAsset('report.css'),
    body: html`<main id="main" class="page report">
<header class="report-header">
  <p class="wordmark soft small">tfjs-reranker · calibration</p>
  <h1>Calibration of ${visibleText(model)}</h1>
  <p>${verdict} ${pairs} pairs of ${queries} queries, ${relevant} relevant; AUC ${show(auc)}.</p>
</header>
${panel('Before: sigmoid of the logit', before)}
${panel(`After: ${method}`, after)}
</main>`,
  });
}

function panel(title: string, { ece, brier, bins }: Reliability): Html {
  return html`<section class="panel" aria-label="${title}"><h2>${title}</h2>
<p class="hint">A point on the diagonal says what comes true. The larger a point, the more pairs it has.</p>
${diagram(title, bins)}
<p>ECE ${show(ece)} · Brier ${show(brier)}</p>
<details><summary>As a table</summary><div class="scroll-x"><table><thead><tr><th scope="col">said</th><th scope="col">came true</th><th scope="col">pairs</th></tr></thead>
<tbody>${bins.map(({ said, observed, pairs }) => html`<tr><td class="number">${said.toFixed(4)}</td><td class="number">${observed.toFixed(4)}</td><td class="number">${pairs}</td></tr>`)}</tbody></table></div></details></section>`;
}

function diagram(title: string, bins: readonly ReliabilityBin[]): Html {
  const x = (share: number): string => (MARGIN + share * SIZE).toFixed(1);
  const y = (share: number): string => (8 + (1 - share) * SIZE).toFixed(1);
  const most = Math.max(...bins.map(({ pairs }) => pairs));
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const points = bins.map(
    ({ said, observed, pairs }) =>
      html`<circle class="histogram-bar" cx="${x(said)}" cy="${y(observed)}" r="${(3 + 9 * Math.sqrt(pairs / most)).toFixed(1)}"><title>said ${said.toFixed(3)}, came true ${observed.toFixed(3)}, ${pairs} pairs</title></circle>`,
  );
  return html`<svg class="chart" viewBox="${(SIZE + MARGIN - WIDTH) / 2} 0 ${WIDTH} ${SIZE + 44}" role="img" aria-label="Reliability, ${title}">
${ticks.map(
  (share) =>
    html`<line class="grid" x1="${x(0)}" x2="${x(1)}" y1="${y(share)}" y2="${y(share)}"/><text class="tick" x="${MARGIN - 6}" y="${y(share)}" dy="4" text-anchor="end">${share}</text><text class="tick" x="${x(share)}" y="${SIZE + 24}" text-anchor="middle">${share}</text>`,
)}
<line class="grid" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke-dasharray="4 4"/>
${points}
<text class="tick" x="${x(0.5)}" y="${SIZE + 40}" text-anchor="middle">said</text></svg>`;
}

function show({ value, interval: [low, high] }: Estimate): string {
  return `${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;
}
