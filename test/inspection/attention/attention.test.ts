import { describe, expect, test } from 'vitest';
import { PairAttention } from '../../../dist/inspection/attention/attention.js';
import { HeadStatisticsMeter } from '../../../dist/inspection/attention/head-statistics.js';
import type { TracedActivation } from '../../../dist/inspection/trace/traced.js';
import type { PlacedToken } from '../../../dist/tokenizer/tokenized.js';

const token = (id: number, part: PlacedToken['part']): PlacedToken => ({
  id,
  piece: '',
  part,
  start: 0,
  end: 0,
});
/** `<s> 10 11 </s> </s> 11 12 </s>` */
const TOKENS = [
  token(0, 'special'),
  token(10, 'query'),
  token(11, 'query'),
  token(2, 'special'),
  token(2, 'special'),
  token(11, 'document'),
  token(12, 'document'),
  token(2, 'special'),
];
const SEQ = TOKENS.length;

/** A map from what token i looks at; -1 spreads its attention evenly. */
const lookingAt = (target: (i: number) => number): number[] =>
  TOKENS.flatMap((_, i) => TOKENS.map((_, j) => (target(i) < 0 ? 1 / SEQ : Number(target(i) === j))));

function attention(layers: readonly (readonly number[])[][]): PairAttention {
  const activations = layers.map((heads, layer): [string, TracedActivation] => {
    const name = `encoder.layer.${layer}.attention.self.probs` as const;
    const shape = [heads.length, SEQ, SEQ];
    return [
      name,
      { name, dimensions: ['heads', 'seq', 'seq'], shape, data: Float32Array.from(heads.flat()) },
    ];
  });
  return new PairAttention({ tokens: TOKENS, activations: new Map(activations) });
}

const uniform = lookingAt(() => -1);
const previous = lookingAt((i) => Math.max(i - 1, 0));
const first = lookingAt(() => 0);
const last = lookingAt(() => SEQ - 1);
const equal = lookingAt((i) => ({ 2: 5, 5: 2 })[i] ?? i);

describe('one pair', () => {
  const seen = attention([
    [uniform, previous],
    [first, equal],
  ]);

  test('maps and blocks by layer and head', () => {
    expect([seen.layers, seen.heads]).toEqual([2, 2]);
    expect([...seen.map(1, 1).data]).toEqual(equal);
    expect(seen.queryToDocument(1, 1)).toEqual({ shape: [2, 2], data: Float32Array.of(0, 0, 1, 0) });
    expect(seen.block(0, 1, 'document', 'special')).toEqual({
      shape: [2, 4],
      data: Float32Array.of(0, 0, 1, 0, 0, 0, 0, 0),
    });
    expect(() => seen.map(2, 0)).toThrow('no head 0 of layer 2');
    expect(() => seen.map(0, 2)).toThrow('no head 2 of layer 0');
  });

  test('entropy is ln(seq) of attention spread evenly, 0 of attention to one token', () => {
    for (const value of seen.entropy(0, 0)) {
      expect(value).toBeCloseTo(Math.log(SEQ), 6);
    }
    expect(Math.max(...seen.entropy(0, 1))).toBe(0);
  });

  test('rollout is the product of (mean of heads + I) / 2, the last layer first', () => {
    const rollouts = attention([[previous], [lookingAt(() => 5)]]).rollout();
    expect(rollouts).toHaveLength(2);
    // After layer 0 token 3 is half itself, half token 2; token 5 half itself, half token 4.
    expect([...(rollouts[0]?.data.subarray(3 * SEQ, 4 * SEQ) ?? [])]).toEqual([0, 0, 0.5, 0.5, 0, 0, 0, 0]);
    // Layer 1 takes half of that, and half of what token 5 is by then.
    expect([...(rollouts[1]?.data.subarray(3 * SEQ, 4 * SEQ) ?? [])]).toEqual([
      0, 0, 0.25, 0.25, 0.25, 0.25, 0, 0,
    ]);
    for (const { data } of seen.rollout()) {
      for (let i = 0; i < SEQ; i++) {
        expect(data.subarray(i * SEQ, (i + 1) * SEQ).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
      }
    }
  });
});

describe('over pairs', () => {
  test('each kind of head has its own number', () => {
    const meter = new HeadStatisticsMeter();
    meter.add(attention([[uniform, previous, first, last, equal]]));
    const [even, before, atFirst, atLast, same] = meter.statistics();
    expect(even).toMatchObject({ layer: 0, head: 0, first: 1 / SEQ, separators: 3 / SEQ, self: 1 / SEQ });
    expect(even?.next).toBeCloseTo(7 / 8 / SEQ, 12);
    expect(even?.queryToDocument).toBeCloseTo(2 / SEQ, 12);
    expect(before).toMatchObject({ head: 1, previous: 7 / SEQ, self: 1 / SEQ, next: 0, entropy: 0 });
    expect(atFirst).toMatchObject({ first: 1, separators: 0, queryToDocument: 0 });
    expect(atLast).toMatchObject({ first: 0, separators: 1 });
    // Two of eight tokens are in the other text too, in one place each.
    expect(same).toMatchObject({
      equalTokens: 1,
      equalTokensByChance: 1 / SEQ,
      queryToDocument: 0.5,
      documentToQuery: 0.5,
    });
    expect(even?.equalTokens).toBeCloseTo(1 / SEQ, 12);
    expect(atFirst?.equalTokens).toBe(0);
  });

  test('pairs add up, token by token', () => {
    const meter = new HeadStatisticsMeter();
    meter.add(attention([[first], [previous]]));
    meter.add(attention([[last], [previous]]));
    const [early, late] = meter.statistics();
    expect(early).toMatchObject({ layer: 0, first: 0.5, separators: 0.5 });
    expect(late).toMatchObject({ layer: 1, previous: 7 / 8 });
    expect(new HeadStatisticsMeter().statistics()).toEqual([]);
  });
});
