import type { DepthScore } from '../inspection.js';
import { type Html, html } from './escape.js';
import { plain } from './numbers.js';
import { settledLayer } from './verdict.js';

/** Sizes that the charts of a page share, so that their layers line up. */
export const CHART = { width: 640, left: 44, right: 16 } as const;

/** The x position of a layer; 0 is the embeddings' output. */
export function layerX(layer: number, layers: number): number {
  const width = CHART.width - CHART.left - CHART.right;
  return Math.round((CHART.left + (width * (layer + 0.5)) / (layers + 1)) * 10) / 10;
}

/** The score read out after each layer, as a line from the embeddings to the final score. */
export function depthChart(depth: readonly DepthScore[]): Html {
  const layers = depth.length - 1;
  const height = 210;
  const [top, bottom] = [14, 172];
  const y = (score: number): number => Math.round((bottom - score * (bottom - top)) * 10) / 10;
  const points = depth.map(({ layer, score }) => `${layerX(layer, layers)},${y(score)}`);
  const settled = settledLayer(depth);
  const last = depth.at(-1) as DepthScore;
  const summary = `Score by depth: ${depth.map(({ score }) => score.toFixed(2)).join(', ')}`;
  return html`<svg class="chart" viewBox="0 0 ${CHART.width} ${height}" role="img" aria-label="${summary}">
${[0, 0.25, 0.5, 0.75, 1].map(
  (
    tick,
  ) => html`<line class="grid${tick === 0.5 && ' grid-strong'}" x1="${CHART.left}" x2="${CHART.width - CHART.right}" y1="${y(tick)}" y2="${y(tick)}"/>
<text class="tick" x="${CHART.left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
)}
${settled !== undefined && html`<line class="settled" x1="${layerX(settled, layers)}" x2="${layerX(settled, layers)}" y1="${top}" y2="${bottom}"/>`}
<path class="area" d="M${layerX(0, layers)},${y(0)} L${points.join(' L')} L${layerX(layers, layers)},${y(0)} Z"/>
<polyline class="line" points="${points.join(' ')}"/>
${depth.map(
  ({ layer, logit, score }) =>
    html`<g class="point"><title>${nameOf(layer)}: score ${score.toFixed(3)}, logit ${plain(logit)}</title><rect class="target" x="${layerX(layer, layers) - 12}" y="${top}" width="24" height="${bottom - top}"/><circle cx="${layerX(layer, layers)}" cy="${y(score)}" r="4"/></g>`,
)}
<text class="value" x="${layerX(layers, layers)}" y="${y(last.score) + (last.score > 0.85 ? 20 : -10)}" text-anchor="middle">${last.score.toFixed(2)}</text>
${layerTicks(layers, bottom + 18)}
<text class="tick" x="${CHART.width / 2 + 14}" y="${bottom + 36}" text-anchor="middle">layer (0: the embeddings)${settled !== undefined && `; dashed: settled from here on`}</text>
</svg>`;
}

/** The numbers of the layers under a chart; only every second one if there are many. */
export function layerTicks(layers: number, y: number): Html[] {
  const step = layers > 16 ? 2 : 1;
  return Array.from({ length: layers + 1 }, (_, i) => i)
    .filter((layer) => layer % step === 0)
    .map(
      (layer) =>
        html`<text class="tick" x="${layerX(layer, layers)}" y="${y}" text-anchor="middle">${layer}</text>`,
    );
}

function nameOf(layer: number): string {
  return layer === 0 ? 'After the embeddings' : `After layer ${layer}`;
}
