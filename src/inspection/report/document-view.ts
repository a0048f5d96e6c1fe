import type { InspectedAttribution, Inspection } from '../inspection.js';
import { attentionSection } from './attention-section.js';
import { colouredText, colourLegend } from './coloured-text.js';
import { depthChart } from './depth-chart.js';
import { type Html, html } from './escape.js';
import { blockShares, headShares, restOf } from './logit-shares-panel.js';
import { describeMethod } from './methods.js';
import { plain, plural, signed } from './numbers.js';
import { sentenceList } from './sentence-list.js';
import { type ColourScale, colourScale } from './strength.js';
import { tokenTable } from './token-table.js';
import { describeVerdict } from './verdict.js';

/** The place of a pair in its page. */
export interface DocumentPlace {
  /** Identifies the pair within the page. */
  readonly key: string;
  /** All pairs of the page, including this one; they share a scale. */
  readonly all: readonly Inspection[];
  /** Shown after the verdict. */
  readonly comparison?: Html | undefined;
}

/**
 * Everything about one pair. The first method is shown first, and the verdict is about it.
 */
export function documentView(inspection: Inspection, { key, all, comparison }: DocumentPlace): Html {
  return html`${verdictPanel(inspection)}
${comparison}
${wordsPanel(inspection, key, all)}
<div class="two-columns">
${depthPanel(inspection)}
${headsPanel(inspection)}
</div>
${attentionSection(inspection, key)}
${tokensPanel(inspection)}
${factsPanel(inspection)}`;
}

function verdictPanel(inspection: Inspection): Html {
  const { score, logit } = inspection;
  const [first, ...others] = describeVerdict(inspection, inspection.attributions[0]);
  const width = Math.round(score * 1000) / 10;
  return html`<section class="panel verdict" aria-label="Verdict">
  <div class="score">
    <span class="score-number number">${score.toFixed(2)}</span>
    <svg class="score-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="6"/><rect class="fill" width="${width}" height="6"/></svg>
    <span class="soft small number">logit ${plain(logit)}</span>
  </div>
  <div class="verdict-words"><p class="lead">${first}</p>${others.map((sentence) => html`<p>${sentence}</p>`)}${cutNotice(inspection)}</div>
</section>`;
}

function cutNotice({ cut, model }: Inspection): Html | false {
  const [query, document] = (['query', 'document'] as const).map(
    (part) => cut.filter((token) => token.part === part).length,
  ) as [number, number];
  const parts = [
    query > 0 && `${plural(query, 'token')} of the query`,
    document > 0 && `${plural(document, 'token')} of the document`,
  ];
  const named = parts.filter((part) => part !== false).join(' and ');
  return (
    named !== '' &&
    html`<p class="notice small" data-kind="warn">${named} did not fit into ${model.maxLength} and were cut: the model did not read them.</p>`
  );
}

function wordsPanel(inspection: Inspection, key: string, all: readonly Inspection[]): Html {
  const { attributions } = inspection;
  return html`<section class="panel words" aria-label="Words" data-view="words">
  <div class="label-row">
    <h2>What each word does</h2>
    ${
      attributions.length > 1 &&
      html`<fieldset class="switch no-print">
      <legend class="visually-hidden">Method</legend>
      ${attributions.map(
        ({ method }, i) =>
          html`<label><input type="radio" name="method-${key}" value="${method}" data-method-choice${i === 0 && html` checked`}><span>${describeMethod(method).label}</span></label>`,
      )}
    </fieldset>`
    }
  </div>
  ${attributions.map((attribution, i) => methodView(inspection, attribution, colourScale(all, attribution.method), i === 0))}
</section>`;
}

function methodView(
  inspection: Inspection,
  attribution: InspectedAttribution,
  scale: ColourScale,
  isOpen: boolean,
): Html {
  const { meaning } = describeMethod(attribution.method);
  const { residual } = attribution;
  return html`<div class="method" data-method="${attribution.method}"${!isOpen && html` hidden`}>
  <p class="hint">${meaning}${residual !== null && ` Residual: ${signed(residual, 3)}.`}</p>
  ${colourLegend(scale)}
  <div class="pair-text">
    <h3 class="pair-label">Query</h3>${colouredText(inspection, attribution, 'query', scale)}
    <h3 class="pair-label">Document</h3>${colouredText(inspection, attribution, 'document', scale)}
  </div>
  <h3 class="sentences-title">Sentences of the document, by their effect</h3>
  ${sentenceList(inspection, attribution, scale)}
</div>`;
}

function depthPanel({ depth, logitShares }: Inspection): Html | false {
  return (
    depth.length > 1 &&
    html`<section class="panel" aria-label="Score by depth">
  <h2>Where the decision forms</h2>
  <p class="hint">The score if the model's head were applied after each layer.</p>
  ${depthChart(depth)}
  ${
    logitShares !== undefined &&
    html`<p class="hint">The direct contribution of each block to the logit, through the first token. Biases and the unexplained rest: ${signed(restOf(logitShares))}.</p>
  ${blockShares(logitShares)}`
  }
</section>`
  );
}

function headsPanel({ logitShares }: Inspection): Html | undefined {
  return logitShares === undefined
    ? undefined
    : html`<section class="panel" aria-label="Shares of the heads">
  <h2>Which heads write it</h2>
  <p class="hint">The direct contribution of each attention head to the logit. Rows are layers, columns are heads; blue raises the logit, orange lowers it.</p>
  ${headShares(logitShares)}
</section>`;
}

function tokensPanel(inspection: Inspection): Html {
  const { tokens, cut } = inspection;
  return html`<details class="panel tokens-panel">
  <summary><h2>Tokens</h2> <span class="soft small">${plural(tokens.length, 'token')}${cut.length > 0 && `, ${cut.length} cut`}; places are UTF-16 units of each text</span></summary>
  ${tokenTable(inspection)}
</details>`;
}

function factsPanel({ model, tokens, timing }: Inspection): Html {
  const steps = timing.map(({ step, ms }) => `${step} ${(ms / 1000).toFixed(2)} s`).join(', ');
  return html`<p class="facts soft small">${model.name}, ${model.layers} layers × ${model.heads} heads, on ${model.backend}, ${model.dtype}; ${tokens.length} of at most ${model.maxLength} tokens (${model.truncation}). ${steps !== '' && `Took: ${steps}.`}</p>`;
}
