import type { DepthScore, DirectLogit } from '../../inspection/inspection.js';
import { settledLayer } from '../../inspection/verdict.js';
import { type Html, html } from '../escape.js';
import { plain, signed } from './numbers.js';

const BOX = { width: 640, left: 44, right: 16 } as const;

/** Where a layer stands: 0 is the embeddings' output. The charts of one page share it. */
function layerX(layer: number, layers: number): number {
  const width = BOX.width - BOX.left - BOX.right;
  return Math.round((BOX.left + (width * (layer + 0.5)) / (layers + 1)) * 10) / 10;
}

/** The score as it would be read out behind each layer, as a line from the embeddings to the answer. */
export function depthChart(depth: readonly DepthScore[]): Html {
  const layers = depth.length - 1;
  const height = 210;
  const [top, bottom] = [14, 172];
  const y = (score: number): number => Math.round((bottom - score * (bottom - top)) * 10) / 10;
  const points = depth.map(({ layer, score }) => `${layerX(layer, layers)},${y(score)}`);
  const settled = settledLayer(depth);
  const last = depth.at(-1) as DepthScore;
  const summary = `Score by depth: ${depth.map(({ score }) => score.toFixed(2)).join(', ')}`;
  return html`<svg class="chart" viewBox="0 0 ${BOX.width} ${height}" role="img" aria-label="${summary}">
${[0, 0.25, 0.5, 0.75, 1].map(
  (tick) => html`<line class="grid${tick === 0.5 && ' grid-strong'}" x1="${BOX.left}" x2="${BOX.width - BOX.right}" y1="${y(tick)}" y2="${y(tick)}"/>
<text class="tick" x="${BOX.left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
)}
${settled !== undefined && html`<line class="settled" x1="${layerX(settled, layers)}" x2="${layerX(settled, layers)}" y1="${top}" y2="${bottom}"/>`}
<path class="area" d="M${layerX(0, layers)},${y(0)} L${points.join(' L')} L${layerX(layers, layers)},${y(0)} Z"/>
<polyline class="line" points="${points.join(' ')}"/>
${depth.map(
  ({ layer, logit, score }) => html`<g class="point"><title>${nameOf(layer)}: score ${score.toFixed(3)}, logit ${plain(logit)}</title><rect class="target" x="${layerX(layer, layers) - 12}" y="${top}" width="24" height="${bottom - top}"/><circle cx="${layerX(layer, layers)}" cy="${y(score)}" r="4"/></g>`,
)}
<text class="value" x="${layerX(layers, layers)}" y="${y(last.score) + (last.score > 0.85 ? 20 : -10)}" text-anchor="middle">${last.score.toFixed(2)}</text>
${layerTicks(layers, bottom + 18)}
<text class="tick" x="${BOX.width / 2 + 14}" y="${bottom + 36}" text-anchor="middle">layer (0: the embeddings)${settled !== undefined && `; dashed: settled from here on`}</text>
</svg>`;
}

/** What each layer's attention and feed-forward block wrote towards the logit, as bars up and down. */
export function directLogitChart({ embeddings, layers: blocks }: DirectLogit): Html {
  const layers = blocks.length;
  const height = 190;
  const [top, bottom] = [12, 152];
  const values = [embeddings, ...blocks.flatMap(({ attention, feedForward }) => [attention, feedForward])];
  const highest = Math.max(0, ...values);
  const lowest = Math.min(0, ...values);
  const scale = (bottom - top) / Math.max(highest - lowest, Number.MIN_VALUE);
  const zero = top + highest * scale;
  const wide = Math.min(18, ((BOX.width - BOX.left - BOX.right) / (layers + 1)) * 0.36);
  const bar = (value: number, x: number, kind: string, title: string): Html => {
    const length = Math.abs(value) * scale;
    return html`<rect class="${kind} ${value < 0 ? 'against' : 'for'}" x="${x.toFixed(1)}" y="${(value < 0 ? zero : zero - length).toFixed(1)}" width="${wide.toFixed(1)}" height="${Math.max(length, 0.5).toFixed(1)}" rx="1.5"><title>${title}: ${signed(value)}</title></rect>`;
  };
  return html`<svg class="chart" viewBox="0 0 ${BOX.width} ${height}" role="img" aria-label="Each block's share of the logit">
<text class="tick" x="${BOX.left - 8}" y="${(top + 4).toFixed(1)}" text-anchor="end">${signed(highest, 1)}</text>
${lowest < 0 && html`<text class="tick" x="${BOX.left - 8}" y="${bottom + 4}" text-anchor="end">${signed(lowest, 1)}</text>`}
${bar(embeddings, layerX(0, layers) - wide / 2, 'embedding-bar', 'Embeddings')}
${blocks.map(({ attention, feedForward }, i) => [
  bar(attention, layerX(i + 1, layers) - wide - 0.5, 'attention-bar', `Layer ${i + 1}, attention`),
  bar(feedForward, layerX(i + 1, layers) + 0.5, 'feed-forward-bar', `Layer ${i + 1}, feed-forward`),
])}
<line class="axis" x1="${BOX.left}" x2="${BOX.width - BOX.right}" y1="${zero.toFixed(1)}" y2="${zero.toFixed(1)}"/>
${layerTicks(layers, bottom + 18)}
<text class="tick" x="${BOX.width / 2 + 14}" y="${bottom + 36}" text-anchor="middle">left bars: attention; right bars, hatched by their outline: feed-forward</text>
</svg>`;
}

function layerTicks(layers: number, y: number): Html[] {
  const step = layers > 16 ? 2 : 1;
  return Array.from({ length: layers + 1 }, (_, i) => i)
    .filter((layer) => layer % step === 0)
    .map((layer) => html`<text class="tick" x="${layerX(layer, layers)}" y="${y}" text-anchor="middle">${layer}</text>`);
}

function nameOf(layer: number): string {
  return layer === 0 ? 'Behind the embeddings' : `Behind layer ${layer}`;
}
