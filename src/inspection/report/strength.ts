import type { Inspection, TextSpan } from '../inspection.js';

/** Values below this share of the full colour have no colour. */
const FAINT = 1 / 8;

/** The full colour stands for at least this effect on a logit, so that small effects never look strong. */
const LEAST_FULL = 0.5;
/** The methods whose values are in units of the logit. */
const IN_LOGITS = ['occlusion', 'integrated_gradients'];

/**
 * Values as steps of the full colour: -steps to steps, 0 for values too small to show. The steps are equal on both
 * sides, so that the same value has the same strength of colour for and against.
 *
 * @param full the value of the full colour; default the strongest of the values.
 */
export function toStrengths(values: readonly number[], steps: number, full = strongestOf(values)): number[] {
  return values.map((value) => {
    const share = full === 0 ? 0 : Math.min(1, Math.abs(value) / full);
    return share < FAINT ? 0 : Math.sign(value) * Math.ceil(share * steps);
  });
}

/** The values with the full colour, for one method. */
export interface ColourScale {
  readonly query: number;
  readonly document: number;
  /** Of the document's sentences. */
  readonly sentences: number;
}

/**
 * One scale for all documents of a query, so that they can be compared: the strongest word of all documents has the
 * full colour, and if all effects are small, all colours are faint.
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
