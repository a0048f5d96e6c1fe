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
  <p class="hint">Each small map is one of ${layers} × ${heads} heads: rows are the tokens that look, columns those that are looked at; the stronger the colour, the more. Choose one to see it large. Attention shows where information is taken from, not what it does to the score. Layers and heads count from 1: layer 1 is <code>encoder.layer.0</code>.${
    smallest > 0.003 && ` Below ${percent(smallest)} nothing is kept here.`
  }</p>
  <noscript><p class="notice" data-kind="warn">The maps are drawn by a script; this browser does not run it.</p></noscript>
  <div class="attention-body">
    <div class="head-grid-frame"><div class="head-grid" role="grid" aria-label="All heads"></div></div>
    <div class="head-view">
      <h3 class="head-title"></h3>
      <p class="head-readout small number" role="status"></p>
      <div class="head-map-frame"><canvas class="head-map" tabindex="0" role="img"></canvas></div>
      <p class="hint">The pair, shaded by what the marked token looks at. Point at a token, or step through them with the arrow keys.</p>
      <div class="token-strip" role="listbox" aria-label="Tokens of the pair"></div>
    </div>
  </div>
</section>`;
}
