import { largestOf } from '../../math/extremes.js';
import { countByBin, type DatasetRow } from './dataset-scores.js';
import { type Html, html } from './escape.js';
import { plural } from './numbers.js';

const BOX = { width: 640, height: 250, left: 48, right: 14, top: 20, bottom: 206 } as const;
const BINS = 20;
/** More dots could not be told apart: then only every n-th pair is shown. */
const DOTS = 3000;

function x(share: number): number {
  return Math.round((BOX.left + share * (BOX.width - BOX.left - BOX.right)) * 10) / 10;
}

function y(share: number): number {
  return Math.round((BOX.bottom - share * (BOX.bottom - BOX.top)) * 10) / 10;
}

/** The number of pairs in each range of scores. */
export function scoreHistogram(rows: readonly DatasetRow[]): Html {
  const counts = countByBin(
    rows.map(({ score }) => score),
    BINS,
  );
  const largest = Math.max(largestOf(counts), 1);
  const ticks = [0, 0.5, 1].map((share) => Math.round(share * largest));
  return chart('Pairs by score', [
    ...[...new Set(ticks)].map((tick) => horizontal(tick / largest, tick.toLocaleString('en-US'))),
    ...counts.map((count, bin) => {
      const [from, to] = [bin / BINS, (bin + 1) / BINS];
      const height = count === 0 ? 0 : Math.max(2, BOX.bottom - y(count / largest)); // one pair stays visible beside thousands
      const top = BOX.bottom - height;
      return html`<rect class="histogram-bar" x="${x(from) + 1}" y="${top.toFixed(1)}" width="${(x(to) - x(from) - 2).toFixed(1)}" height="${height.toFixed(1)}"><title>${from.toFixed(2)} to ${to.toFixed(2)}: ${plural(count, 'pair')}</title></rect>${
        count > 0 &&
        html`<text class="histogram-count" x="${x((from + to) / 2)}" y="${(top - 4).toFixed(1)}" text-anchor="middle">${count}</text>`
      }`;
    }),
    scoreTicks(),
  ]);
}

/** Tokens and score of each pair. */
export function lengthChart(rows: readonly DatasetRow[]): Html {
  const step = Math.ceil(rows.length / DOTS);
  const shown = rows.filter((_, i) => i % step === 0);
  const longest = Math.max(largestOf(rows.map(({ tokens }) => tokens)), 1);
  const dots = shown.map(({ tokens, score, tokensCut }) => {
    const [cx, cy] = [x(tokens / longest), y(score)];
    return tokensCut > 0
      ? html`<rect class="dot-cut" x="${cx - 3}" y="${cy - 3}" width="6" height="6"/>`
      : html`<circle class="dot" cx="${cx}" cy="${cy}" r="2.5"/>`;
  });
  return chart('Length against score', [
    ...[0, 0.5, 1].map((tick) => horizontal(tick, String(tick))),
    ...dots,
    ...[0, 0.5, 1].map(
      (share) =>
        html`<text class="tick" x="${x(share)}" y="${BOX.bottom + 18}" text-anchor="${share === 1 ? 'end' : 'middle'}">${Math.round(share * longest)}</text>`,
    ),
    axisName(`tokens of the pair${step > 1 ? `; one pair in ${step} is shown` : ''}`),
  ]);
}

function chart(name: string, marks: readonly Html[]): Html {
  return html`<svg class="chart" viewBox="0 0 ${BOX.width} ${BOX.height}" role="img" aria-label="${name}">${marks}</svg>`;
}

function horizontal(share: number, label: string): Html {
  return html`<line class="grid" x1="${BOX.left}" x2="${BOX.width - BOX.right}" y1="${y(share)}" y2="${y(share)}"/><text class="tick" x="${BOX.left - 8}" y="${y(share) + 4}" text-anchor="end">${label}</text>`;
}

function scoreTicks(): Html {
  return html`${[0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      html`<text class="tick" x="${x(share)}" y="${BOX.bottom + 18}" text-anchor="middle">${share}</text>`,
  )}${axisName('score')}`;
}

function axisName(name: string): Html {
  return html`<text class="tick" x="${x(0.5)}" y="${BOX.bottom + 38}" text-anchor="middle">${name}</text>`;
}
