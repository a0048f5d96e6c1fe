import { describe, expect, test } from 'vitest';
import { colourScale, toStrengths } from '../../../dist/inspection/report/strength.js';
import { describeVerdict, settledLayer } from '../../../dist/inspection/report/verdict.js';
import { sampleInspection } from '../../support/sample-inspection.js';

const depthOf = (scores: readonly number[]) => scores.map((score, layer) => ({ layer, logit: 0, score }));

describe('the verdict', () => {
  const verdict = (
    effects: Record<string, number>,
    document = 'Corals starve when warm. They turn white and white',
  ) => {
    const inspection = sampleInspection({ document, effects });
    return describeVerdict(inspection, inspection.attributions[0]);
  };

  test('gives the score and names the words that carry it', () => {
    const [score, words] = verdict({ white: 2, starve: 1.5 }, 'They starve and turn white');
    expect(score).toBe('The model gives this document 0.95 of 1: it considers it an answer.');
    expect(words).toBe('“white” and “starve” carry most of what speaks for it.');
  });

  test('names words against it, and counts repeated words together', () => {
    const [, words] = verdict({ white: -1, Corals: 1.1 });
    expect(words).toContain('“Corals”');
    expect(words).toMatch(/; “white” speaks against it\.$/);
  });

  test('says so if no word matters', () => {
    expect(
      verdict(Object.fromEntries('They turn pale'.split(' ').map((word) => [word, 0.01])), 'They turn pale'),
    ).toContain('No single word of it has a noticeable effect.');
  });

  test('says where the score settles: the first layer after which it stays near the last', () => {
    expect(settledLayer(depthOf([0.1, 0.85, 0.3, 0.88, 0.9]))).toBe(3);
    expect(settledLayer(depthOf([0.9, 0.95, 0.9]))).toBe(0);
    expect(settledLayer([])).toBeUndefined();
    expect(verdict({}).at(-1)).toMatch(/settled after layer [23] of 3/);
  });
});

describe('strengths', () => {
  test('are steps relative to the strongest, equal on both sides, and 0 for small values', () => {
    expect(toStrengths([2, -2, 1, -1, 0.1, 0], 8)).toEqual([8, -8, 4, -4, 0, 0]);
    expect(toStrengths([0.5], 4)).toEqual([4]);
    expect(toStrengths([0, 0], 8)).toEqual([0, 0]);
    expect(toStrengths([], 8)).toEqual([]);
  });

  test('have one scale for all documents of a query, and if all effects are small, none looks strong', () => {
    const strong = sampleInspection({ document: 'one two', effects: { two: -3 } });
    const weak = sampleInspection({ document: 'one two', effects: { two: 0.2 } });
    expect(colourScale([strong, weak], 'occlusion')).toEqual({ query: 0.5, document: 3, sentences: 2.9 });
    expect(colourScale([weak], 'occlusion').document).toBe(0.5);
    expect(toStrengths([0.2, 9], 8, 0.5)).toEqual([4, 8]);
    expect(colourScale([weak], 'unknown').document).toBe(0);
  });
});
