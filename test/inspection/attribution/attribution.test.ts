import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../../dist/engine/model.js';
import { openModel } from '../../../dist/engine/open.js';
import { InputError } from '../../../dist/errors/errors.js';
import { attribute } from '../../../dist/inspection/attribution/attribution.js';
import { ATTRIBUTION_METHODS } from '../../../dist/inspection/attribution/attribution-types.js';
import { compare } from '../../../dist/inspection/attribution/comparison.js';
import { deleteSegments, findCounterfactual } from '../../../dist/inspection/attribution/counterfactual.js';
import { interactions } from '../../../dist/inspection/attribution/interactions.js';
import { replacementId, takeOut } from '../../../dist/inspection/attribution/occlusion.js';
import { findSegments } from '../../../dist/inspection/attribution/segments.js';
import { MINI } from '../../support/fixtures.js';

const PAIR = {
  query: 'What is the capital of France?',
  document: 'Bananas are yellow. Paris is the capital of France.',
};
const CHINESE = { query: '熊猫吃什么？', document: '香蕉黄。大熊猫吃竹子。' };
/** Where a forward or more per word is made. */
const SHORT = { query: 'capital of France?', document: 'Paris is the capital of France.' };
/** What a sum of some hundred float32 numbers may be off by. */
const NOISE = 1e-4;

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const valuesOf = (segments: readonly { readonly value: number }[]): number[] =>
  segments.map(({ value }) => value);

describe('attribution with the embedded model', () => {
  let model: Model;
  let plain: Model;
  let idle: number;
  beforeAll(async () => {
    model = await openModel(MINI, { backend: 'wasm', differentiable: true });
    plain = await openModel(MINI, { backend: 'wasm' });
    idle = memory().numTensors;
  }, 600_000);
  afterAll(() => {
    model?.dispose();
    plain?.dispose();
  });

  const logitOf = async (texts: { query: string; document: string }): Promise<number> => {
    const [row] = await plain.scoreSequences(plain.encodeIds([texts]));
    return row?.[0] as number;
  };

  let fine: ReturnType<typeof attribute> | undefined;
  /** Attributed once: it takes seconds. */
  const finely = () => {
    fine ??= attribute(model, SHORT, { steps: 32 });
    return fine;
  };

  test.each(ATTRIBUTION_METHODS)(
    '%s: the logit, a number a token, all of them in the words',
    async (method) => {
      const { logit, tokens, segments, ...rest } = await attribute(model, PAIR, { method, steps: 2 });
      expect(rest.method).toBe(method);
      expect(logit).toBeCloseTo(await logitOf(PAIR), 4);
      const pair = model.placeTokens(PAIR);
      expect(tokens.length).toBe(pair.inputIds.length);
      expect(tokens.every(Number.isFinite)).toBe(true);
      expect(new Set(tokens).size).toBeGreaterThan(5);
      const ofTexts = tokens.filter((_, i) => pair.tokens[i]?.part !== 'special');
      expect(sumOf(valuesOf(segments))).toBeCloseTo(sumOf(ofTexts), 6);
      expect(memory().numTensors).toBe(idle);
    },
  );

  test('integrated gradients are complete within 1 %', async () => {
    const pair = CHINESE;
    const { logit, baselineLogit = Number.NaN, residual = Number.NaN, tokens } = await attribute(model, pair);
    const gap = logit - baselineLogit;
    expect(Math.abs(gap)).toBeGreaterThan(1);
    expect(Math.abs(residual)).toBeLessThan(0.01 * Math.abs(gap));
    expect(sumOf(tokens) + residual).toBeCloseTo(gap, 6);
    const parts = model.placeTokens(pair).tokens;
    const outside = tokens.filter((_, i) => parts[i]?.part !== 'document');
    expect(outside).toEqual(outside.map(() => 0)); // tokens that are also in the baseline
  });

  test('without steps the points go where the logit changes, and the residual is at most 1 %', async () => {
    const told: number[] = [];
    const found = await attribute(model, SHORT, { onProgress: ({ done }) => told.push(done) });
    const { logit, baselineLogit = 0, residual = 0, steps = 0, tokens } = found;
    expect(Math.abs(residual)).toBeLessThanOrEqual(0.01 * Math.abs(logit - baselineLogit));
    expect(steps).toBeLessThanOrEqual(128);
    expect(told.at(-1)).toBe(steps);
    const { tokens: fine } = await finely();
    const largest = Math.max(...fine.map(Math.abs));
    for (const [i, share] of tokens.entries()) {
      expect(Math.abs(share - (fine[i] as number))).toBeLessThan(0.05 * largest);
    }
    expect(memory().numTensors).toBe(idle);
  });

  test('more steps have a smaller residual', async () => {
    const residuals: number[] = [];
    for (const steps of [2, 8, 32]) {
      const { residual } = await (steps === 32 ? finely() : attribute(model, SHORT, { steps }));
      residuals.push(Math.abs(residual as number));
    }
    const [few, some, many] = residuals as [number, number, number];
    expect(some).toBeLessThan(few);
    expect(many).toBeLessThan(some / 2);
  });

  test.each(['delete', 'mask', 'unk'] as const)(
    'occlusion, %s: how much the logit falls without a word',
    async (replacement) => {
      const { logit, segments } = await attribute(plain, SHORT, { method: 'occlusion', replacement });
      const pair = plain.placeTokens(SHORT);
      const id = replacementId(plain, replacement);
      expect(id).toBe({ delete: undefined, mask: 27999, unk: 3 }[replacement]);
      for (const [i, { tokens }] of findSegments(pair, SHORT, 'word').entries()) {
        const [row] = await plain.scoreSequences([takeOut(pair.inputIds, tokens, id)]);
        expect(segments[i]?.value).toBeCloseTo(logit - (row?.[0] as number), 4);
      }
    },
  );

  test.each([PAIR, CHINESE])('the sentence with the answer has the largest effect: $query', async (pair) => {
    for (const method of ['occlusion', 'integrated_gradients'] as const) {
      const { segments } = await attribute(model, pair, { method, unit: 'sentence', steps: 6 });
      const [yellow, answer] = segments.filter(({ part }) => part === 'document');
      expect(answer?.value).toBeGreaterThan(Math.abs(yellow?.value as number));
    }
  });

  test('impossible options are refused', async () => {
    const refused = (options: object, of = model) => expect(attribute(of, PAIR, options)).rejects;
    await refused({ method: 'integrated_gradients' }, plain).toThrow(/differentiable: true/);
    await refused({ method: 'gradient_x_input' }, plain).toThrow(InputError);
    await refused({ steps: 0 }).toThrow(/steps is 0/);
    await refused({ label: 1 }).toThrow(/label is 1/);
    await expect(openModel(MINI, { backend: 'wasm', differentiable: true, dtype: 'int8' })).rejects.toThrow(
      /float32/,
    );
    expect(memory().numTensors).toBe(idle);
  });

  test('A over B: all words, the baselines and the residual sum to the difference', async () => {
    const other = 'Berlin is the capital of Germany, far away.';
    const comparison = await compare(model, SHORT.query, SHORT.document, other, { steps: 16 });
    const { logits, difference, query, a, b, tokens, baselineDifference = 0, residual = 0 } = comparison;
    expect(logits.a).toBeCloseTo(await logitOf(SHORT), 4);
    expect(logits.b).toBeCloseTo(await logitOf({ query: SHORT.query, document: other }), 4);
    expect(difference).toBeCloseTo(logits.a - logits.b, 6);
    const parts = sumOf(valuesOf([...query, ...a, ...b]));
    expect(Math.abs(parts + baselineDifference + residual - difference)).toBeLessThan(NOISE);
    expect(Math.abs(sumOf([...tokens.a, ...tokens.b]) - parts)).toBeLessThan(NOISE);
    expect(Math.abs(residual)).toBeLessThan(0.05 * Math.abs(difference));
    expect(query.map(({ text }) => text)).toEqual(['capital', 'of', 'France', '?']);
    expect(baselineDifference).not.toBe(0);
  });

  test.each([false, true])(
    'a counterfactual reverses the order, and all of its words are needed; B ahead: %s',
    async (turned) => {
      const better = PAIR.document;
      const worse = 'France is a country in Europe.';
      const [a, b] = turned ? [worse, better] : [better, worse];
      const found = await findCounterfactual(plain, PAIR.query, a, b);
      expect(found?.changed).toBe(turned ? 'b' : 'a');
      const { deleted = [], document = '', before, after } = found ?? {};
      const bound = await logitOf({ query: PAIR.query, document: worse });
      const left = await logitOf({ query: PAIR.query, document });
      expect(left).toBeLessThan(bound);
      expect(document).toBe(deleteSegments(better, deleted));
      expect(turned ? after?.b : after?.a).toBeCloseTo(left, 4);
      expect(turned ? before?.b : before?.a).toBeCloseTo(await logitOf(PAIR), 4);
      expect(deleted.length).toBeGreaterThan(0);
      const words = (text: string): string[] => text.split(/[\s.]+/).filter(Boolean);
      expect(words(better).length - words(document).length).toBe(
        deleted.filter(({ text }) => text !== '.').length,
      );
      for (const kept of deleted) {
        const others = deleted.filter((word) => word !== kept);
        const text = deleteSegments(better, others);
        expect(await logitOf({ query: PAIR.query, document: text })).toBeGreaterThanOrEqual(bound - NOISE);
      }
      expect(memory().numTensors).toBe(idle);
    },
  );

  test('no counterfactual if even the empty document is ahead', async () => {
    const [ahead, behind] = ['', 'Zinc.'];
    const found = await findCounterfactual(plain, PAIR.query, ahead, behind);
    const [first, second] = [
      await logitOf({ query: PAIR.query, document: ahead }),
      await logitOf({ query: PAIR.query, document: behind }),
    ];
    expect(first).toBeGreaterThan(second);
    expect(found).toBeUndefined();
  });

  test('interactions are second differences of the logit', async () => {
    const found = await interactions(plain, SHORT, { queryWords: 3, documentWords: 4 });
    expect(found.query.length).toBe(3);
    expect(found.document.length).toBe(4);
    const pair = plain.placeTokens(SHORT);
    const words = findSegments(pair, SHORT, 'word');
    const tokensOf = (segment: { part: string; start: number }) =>
      words.find(({ part, start }) => part === segment.part && start === segment.start)?.tokens as number[];
    const f = async (...out: readonly { part: string; start: number }[]): Promise<number> =>
      (
        await plain.scoreSequences([takeOut(pair.inputIds, out.flatMap(tokensOf), undefined)])
      )[0]?.[0] as number;
    const none = await f();
    const query = await Promise.all(found.query.map((word) => f(word)));
    const document = await Promise.all(found.document.map((word) => f(word)));
    for (const [i, a] of found.query.entries()) {
      for (const [j, b] of found.document.entries()) {
        const expected = none - (query[i] as number) - (document[j] as number) + (await f(a, b));
        expect(found.values[i]?.[j]).toBeCloseTo(expected, 4);
      }
    }
  });

  test('an abort ends any of them and leaves no tensor', async () => {
    const calls: ((signal: AbortSignal, onProgress: () => void) => Promise<unknown>)[] = [
      (signal, onProgress) => attribute(model, SHORT, { steps: 8, signal, onProgress }),
      (signal, onProgress) => attribute(model, SHORT, { method: 'occlusion', signal, onProgress }),
      (signal, onProgress) => interactions(model, SHORT, { signal, onProgress }),
      (signal, onProgress) =>
        compare(model, SHORT.query, SHORT.document, 'x', { steps: 8, signal, onProgress }),
      (signal, onProgress) =>
        findCounterfactual(model, SHORT.query, SHORT.document, 'x', { signal, onProgress }),
    ];
    for (const call of calls) {
      const controller = new AbortController();
      const stop = () => controller.abort(new Error('enough'));
      await expect(call(controller.signal, stop)).rejects.toThrow('enough');
      expect(memory().numTensors).toBe(idle);
    }
  });
});
