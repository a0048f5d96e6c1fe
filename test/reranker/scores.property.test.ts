import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sigmoid } from '../../dist/math/sigmoid.js';
import { rankByLogit, softmax } from '../../dist/reranker/scores.js';

const logit = fc.double({ min: -1000, max: 1000, noNaN: true });

describe('sigmoid', () => {
  test('between 0 and 1, rising, and 1 - sigmoid(x) = sigmoid(-x)', () => {
    expect(sigmoid(0)).toBe(0.5);
    fc.assert(
      fc.property(logit, logit, (a, b) => {
        expect(sigmoid(a)).toBeGreaterThanOrEqual(0);
        expect(sigmoid(a)).toBeLessThanOrEqual(1);
        expect(sigmoid(a) + sigmoid(-a)).toBeCloseTo(1, 12);
        expect(Math.sign(sigmoid(a) - sigmoid(b)) * Math.sign(a - b)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('small scores keep their digits', () => {
    expect(sigmoid(-50)).toBeCloseTo(1.9287498479639178e-22, 30);
    expect(sigmoid(-1000)).toBe(0);
  });
});

describe('softmax', () => {
  test('sums to 1 and does not overflow', () => {
    fc.assert(
      fc.property(fc.array(logit, { minLength: 1, maxLength: 20 }), (logits) => {
        expect(softmax(logits).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      }),
    );
    expect(softmax([1000, 1000])).toEqual([0.5, 0.5]);
  });
});

describe('rankByLogit', () => {
  test('a permutation, falling, and ties in input order', () => {
    const few = fc.integer({ min: -3, max: 3 }); // many ties
    fc.assert(
      fc.property(fc.array(few, { maxLength: 50 }), (logits) => {
        const order = rankByLogit(logits);
        expect([...order].sort((a, b) => a - b)).toEqual(logits.map((_, i) => i));
        for (let i = 1; i < order.length; i++) {
          const [before, after] = [order[i - 1] as number, order[i] as number];
          const gap = (logits[before] as number) - (logits[after] as number);
          expect(gap > 0 || (gap === 0 && before < after)).toBe(true);
        }
      }),
    );
  });

  test('by logit where the sigmoid has saturated', () => {
    expect(sigmoid(50)).toBe(sigmoid(40));
    expect(rankByLogit([40, 50])).toEqual([1, 0]);
  });
});
