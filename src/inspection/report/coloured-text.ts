import type { InspectedAttribution, Inspection, TextSpan } from '../inspection.js';
import { type Html, html } from './escape.js';
import { signed } from './numbers.js';
import { type ColourScale, toStrengths } from './strength.js';
import { visibleText } from './visible-text.js';

/** Colour steps on each side; `report.css` has a class for each. */
const STEPS = 8;

interface WeighedSpan extends TextSpan {
  readonly value: number;
  /** -8 to 8. */
  readonly strength: number;
}

/**
 * One text of a pair, its words coloured by their effect on the logit and the truncated part struck through.
 */
export function colouredText(
  inspection: Inspection,
  attribution: InspectedAttribution,
  part: 'query' | 'document',
  scale: ColourScale,
): Html {
  const text = inspection.pair[part];
  const words = withStrengths(
    inspection.words.flatMap((span, i) =>
      span.part === part ? [{ ...span, value: attribution.words[i] ?? 0 }] : [],
    ),
    scale[part],
  );
  const cutAt = inspection.cut.find((token) => token.part === part)?.start ?? text.length;
  const sentences = inspection.sentences
    .map((span, index) => ({ ...span, index }))
    .filter((sentence) => sentence.part === part);
  const pieces: Html[] = [];
  let at = 0;
  for (const { start, end, index } of sentences) {
    pieces.push(...colourWords(text, words, at, start));
    pieces.push(
      html`<span class="sentence" data-sentence="${index}">${colourWords(text, words, start, end)}</span>`,
    );
    at = end;
  }
  const seenEnd = Math.max(at, cutAt);
  pieces.push(...colourWords(text, words, at, seenEnd));
  if (seenEnd < text.length) {
    const title = 'Cut off: the model did not read this';
    pieces.push(html`<span class="cut" title="${title}">${visibleText(text.slice(seenEnd))}</span>`);
  }
  return html`<p class="coloured" dir="auto">${pieces}</p>`;
}

function withStrengths(
  spans: readonly (TextSpan & { readonly value: number })[],
  full?: number,
): WeighedSpan[] {
  const strengths = toStrengths(
    spans.map(({ value }) => value),
    STEPS,
    full,
  );
  return spans.map((span, i) => ({ ...span, strength: strengths[i] as number }));
}

/** A whole text with some of its words coloured, on their own scale. */
export function shadeWords(text: string, words: readonly (TextSpan & { readonly value: number })[]): Html[] {
  return colourWords(text, withStrengths(words), 0, text.length);
}

/** The words that begin in a stretch of the text, and the text between them. */
function colourWords(text: string, words: readonly WeighedSpan[], from: number, to: number): Html[] {
  const pieces: Html[] = [];
  let at = from;
  for (const word of words) {
    if (word.start < at || word.start >= to) {
      continue;
    }
    const end = Math.min(word.end, to);
    const shown = visibleText(text.slice(word.start, end));
    pieces.push(html`${visibleText(text.slice(at, word.start))}`);
    pieces.push(
      html`<span class="${shadeClass(word.strength)}" title="${shown.trim()}  ${signed(word.value)}">${shown}</span>`,
    );
    at = end;
  }
  pieces.push(html`${visibleText(text.slice(at, to))}`);
  return pieces;
}

/** `w` for a word, with its step: `w up5`, `w down2`. */
function shadeClass(strength: number): string {
  return strength === 0 ? 'w' : `w ${strength > 0 ? 'up' : 'down'}${Math.abs(strength)}`;
}

/** The legend: a row of the colours, with the numbers at its ends. */
export function colourLegend({ query, document }: ColourScale): Html {
  const steps = Array.from({ length: 2 * STEPS + 1 }, (_, i) => i - STEPS);
  return html`<div class="legend small">
  <span>speaks against</span>
  <span class="legend-steps" aria-hidden="true">${steps.map((step) => html`<i class="${shadeClass(step)}"></i>`)}</span>
  <span>speaks for it</span>
  <span class="soft legend-scale">full colour: ${document.toFixed(2)} of the logit in the document, ${query.toFixed(2)} in the query; no colour: below an eighth of that</span>
</div>`;
}
