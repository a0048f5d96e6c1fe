import type { LayerShares, LogitShares } from '../trace/logit-shares.js';
import { CHART, layerTicks, layerX } from './depth-chart.js';
import { type Html, html } from './escape.js';
import { signed } from './numbers.js';
import { toStrengths } from './strength.js';

/** Colour steps on each side. */
const STEPS = 8;

/** The direct contribution of each layer's attention and feed-forward block to the logit, as bars up and down. */
export function blockShares({ embeddings, layers }: LogitShares): Html {
  const count = layers.length;
  const [top, bottom, height] = [12, 152, 194];
  const values = [embeddings, ...layers.flatMap((layer) => [attentionOf(layer), layer.feedForward])];
  const highest = Math.max(0, ...values);
  const lowest = Math.min(0, ...values);
  const scale = (bottom - top) / Math.max(highest - lowest, Number.MIN_VALUE);
  const zero = top + highest * scale;
  const wide = Math.min(18, ((CHART.width - CHART.left - CHART.right) / (count + 1)) * 0.36);
  const bar = (value: number, x: number, kind: string, title: string): Html => {
    const length = Math.abs(value) * scale;
    return html`<rect class="${kind} ${value < 0 ? 'against' : 'for'}" x="${x.toFixed(1)}" y="${(value < 0 ? zero : zero - length).toFixed(1)}" width="${wide.toFixed(1)}" height="${Math.max(length, 0.5).toFixed(1)}" rx="1.5"><title>${title}: ${signed(value)}</title></rect>
`;
  };
  return html`<svg class="chart" viewBox="0 0 ${CHART.width} ${height}" role="img" aria-label="Each block's share of the logit">
<text class="tick" x="${CHART.left - 8}" y="${(top + 4).toFixed(1)}" text-anchor="end">${signed(highest, 1)}</text>
${lowest < 0 && html`<text class="tick" x="${CHART.left - 8}" y="${bottom + 4}" text-anchor="end">${signed(lowest, 1)}</text>`}
${bar(embeddings, layerX(0, count) - wide / 2, 'attention-bar', 'Embeddings')}
${layers.map((layer, i) => [
  bar(attentionOf(layer), layerX(i + 1, count) - wide - 0.5, 'attention-bar', `Layer ${i + 1}, attention`),
  bar(layer.feedForward, layerX(i + 1, count) + 0.5, 'feed-forward-bar', `Layer ${i + 1}, feed-forward`),
])}
<line class="axis" x1="${CHART.left}" x2="${CHART.width - CHART.right}" y1="${zero.toFixed(1)}" y2="${zero.toFixed(1)}"/>
${layerTicks(count, bottom + 18)}
<text class="tick" x="${CHART.width / 2 + 14}" y="${bottom + 37}" text-anchor="middle">layer; full bars: attention, outlined bars: feed-forward</text>
</svg>`;
}

/** The direct contribution of each head to the logit: a square for each head, a row for each layer. */
export function headShares({ layers }: LogitShares): Html {
  const heads = layers[0]?.heads.length ?? 0;
  const strengths = toStrengths(
    layers.flatMap((layer) => layer.heads),
    STEPS,
  );
  const cell = Math.min(24, (CHART.width - CHART.left - CHART.right) / heads);
  const height = layers.length * cell + 26;
  const squares = layers.flatMap((layer, l) =>
    layer.heads.map((value, h) => {
      const strength = strengths[l * heads + h] ?? 0;
      const shade = strength === 0 ? 'none' : `${strength > 0 ? 'for' : 'against'} step${Math.abs(strength)}`;
      return html`<rect class="head-share ${shade}" x="${(CHART.left + h * cell + 1).toFixed(1)}" y="${(l * cell + 1).toFixed(1)}" width="${(cell - 2).toFixed(1)}" height="${(cell - 2).toFixed(1)}" rx="2"><title>Layer ${l + 1}, head ${h + 1}: ${signed(value)}</title></rect>
`;
    }),
  );
  const step = cell < 14 ? 2 : 1;
  return html`<svg class="chart head-shares" viewBox="0 0 ${Math.ceil(CHART.left + heads * cell + 1)} ${Math.ceil(height)}" role="img" aria-label="Each head's share of the logit">
${squares}
${layers.map((_, l) => l % step === 0 && html`<text class="tick" x="${CHART.left - 8}" y="${((l + 0.5) * cell + 4).toFixed(1)}" text-anchor="end">${l + 1}</text>`)}
${(layers[0]?.heads ?? []).map((_, h) => h % step === 0 && html`<text class="tick" x="${(CHART.left + (h + 0.5) * cell).toFixed(1)}" y="${(layers.length * cell + 16).toFixed(1)}" text-anchor="middle">${h + 1}</text>`)}
</svg>`;
}

/** The contributions of no head and no feed-forward block: biases, and the residual of the linearised model. */
export function restOf({ headBias, residual, layers }: LogitShares): number {
  return layers.reduce((sum, { layerNormBias }) => sum + layerNormBias, headBias + residual);
}

function attentionOf({ heads, attentionBias }: LayerShares): number {
  return heads.reduce((sum, share) => sum + share, attentionBias);
}
