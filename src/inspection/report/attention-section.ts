import type { Inspection } from '../inspection.js';
import { type Html, html } from './escape.js';
import { percent } from './numbers.js';

/** The attention explorer's frame; `client/report.ts` draws into it. */
export function attentionSection({ attention }: Inspection, key: string): Html | undefined {
  if (attention === undefined) {
    return undefined;
  }
  const { layers, heads, smallest } = attention;
  return html`<section class="panel attention" aria-label="Attention" data-view="attention">
  <div class="label-row">
    <h2>Where the heads look</h2>
    <fieldset class="switch no-print">
      <legend class="visually-hidden">Which part of the pair</legend>
      <label><input type="radio" name="block-${key}" value="query-document" checked><span>Query → document</span></label>
      <label><input type="radio" name="block-${key}" value="document-query"><span>Document → query</span></label>
      <label><input type="radio" name="block-${key}" value="pair"><span>Whole pair</span></label>
    </fieldset>
  </div>
  <p class="hint">Each small map is one of ${layers} × ${heads} heads. A row shows which tokens (columns) its token attends to; a stronger colour means more attention. Choose a map to enlarge it. Attention shows where information is taken from, not its effect on the score. Layers and heads count from 1: layer 1 is <code>encoder.layer.0</code>.${
    smallest > 0.003 && ` Attention below ${percent(smallest)} is not included here.`
  }</p>
  <noscript><p class="notice" data-kind="warn">These maps need JavaScript.</p></noscript>
  <div class="attention-body">
    <div class="head-grid-frame"><div class="head-grid" role="grid" aria-label="All heads"></div></div>
    <div class="head-view">
      <h3 class="head-title"></h3>
      <p class="head-readout small number" role="status"></p>
      <div class="head-map-frame"><canvas class="head-map" tabindex="0" role="img"></canvas></div>
      <p class="hint">The pair, shaded by the attention of the marked token. Point at a token, or move with the arrow keys.</p>
      <div class="token-strip" role="listbox" aria-label="Tokens of the pair"></div>
    </div>
  </div>
</section>`;
}
