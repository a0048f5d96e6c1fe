import type { Inspection, TextSpan } from '../inspection.js';

/** What is weaker than this share of the full colour is shown as nothing. */
const FAINT = 1 / 8;

/** Effects on a logit smaller than this are never shown as strong, however strong they are beside others. */
const LEAST_FULL = 0.5;
/** The methods whose values are effects on the logit, and no first guess or share of something else. */
const IN_LOGITS = ['occlusion', 'integrated_gradients'];

/**
 * Values as steps of the full colour: -steps to steps, 0 for what is too weak to be shown. Equal distances are equal
 * steps on both sides, so that a colour for "for" is as strong as the same value's for "against".
 *
 * @param full the value of the full colour; default the strongest of the values.
 */
export function toStrengths(values: readonly number[], steps: number, full = strongestOf(values)): number[] {
  return values.map((value) => {
    const share = full === 0 ? 0 : Math.min(1, Math.abs(value) / full);
    return share < FAINT ? 0 : Math.sign(value) * Math.ceil(share * steps);
  });
}

/** The values that have the full colour, by one method. */
export interface ColourScale {
  readonly query: number;
  readonly document: number;
  /** Of the document's sentences. */
  readonly sentences: number;
}

/**
 * One scale for all documents of a query, so that they can be compared: the strongest word of any has the full
 * colour, and where nothing matters, nothing shouts.
 */
export function colourScale(inspections: readonly Inspection[], method: string): ColourScale {
  const least = IN_LOGITS.includes(method) ? LEAST_FULL : 0;
  const strongest = (unit: 'words' | 'sentences', part: TextSpan['part']): number =>
    Math.max(
      least,
      ...inspections.map((inspection) => {
        const values = inspection.attributions.find((attribution) => attribution.method === method)?.[unit];
        return strongestOf((values ?? []).filter((_, i) => inspection[unit][i]?.part === part));
      }),
    );
  return {
    query: strongest('words', 'query'),
    document: strongest('words', 'document'),
    sentences: strongest('sentences', 'document'),
  };
}

function strongestOf(values: readonly number[]): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
