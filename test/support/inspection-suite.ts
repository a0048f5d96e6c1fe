import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Model } from '../../dist/engine/model.js';
import { openModel } from '../../dist/engine/open.js';
import { InputError } from '../../dist/errors/errors.js';
import {
  ablateHeads,
  type Hooks,
  Inspector,
  patchFrom,
  skipLayers,
  sumOfShares,
  type TracedPair,
} from '../../dist/inspection/index.js';
import { resolveHooks } from '../../dist/inspection/trace/hooks.js';
import { traceSequences } from '../../dist/inspection/trace/trace.js';
import type { Backend } from '../../dist/kernels/names.js';
import { listActivations } from '../../dist/model/activation-names.js';
import { distance } from '../../dist/parity/compare.js';
import { readTensors, readTinyGolden, TINY } from './fixtures.js';
import { writeTinyModel } from './tiny-model.js';
import { sequencesOf } from './tiny-parity.js';

/** Different lengths, so that batches are padded; the first and the last have the same number of tokens. */
const PAIRS = [
  { query: 'a 1', document: 'the end' },
  { query: 'the', document: 'end of the end, the 1 of 2' },
  { query: 'a', document: '' },
  { query: 'a 1', document: 'end the' },
];
const [PAIR, LONG, , OTHER] = PAIRS as [
  (typeof PAIRS)[0],
  (typeof PAIRS)[0],
  (typeof PAIRS)[0],
  (typeof PAIRS)[0],
];
const CONTEXTS = 'encoder.layer.*.attention.self.context';

/** All methods of inspection, on the tiny model and one backend. */
export function describeInspection(backend: Backend): void {
  describe(`inspection on ${backend}`, () => {
    let folder: string;
    let model: Model;
    let inspector: Inspector;
    let idle: number;
    beforeAll(async () => {
      folder = writeTinyModel(await mkdtemp(path.join(os.tmpdir(), 'tfjs-reranker-')));
      model = await openModel(folder, { backend });
      inspector = await Inspector.load(folder, { backend });
    });
    afterAll(async () => {
      inspector?.dispose();
      model?.dispose();
      await rm(folder, { recursive: true });
    });
    beforeEach(() => {
      idle = memory().numTensors;
    });
    afterEach(() => {
      expect(memory().numTensors, 'tensors that a test left behind').toBe(idle);
    });

    const logitsOf = async (hooks?: Hooks | readonly Hooks[], pairs = PAIRS): Promise<number[]> =>
      (await inspector.trace(pairs, { hooks })).map(({ logits }) => logits[0] as number);
    const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void =>
      expect(distance(expected, actual).max).toBeLessThanOrEqual(tolerance);

    test('every activation of each sequence is the reference’s, without its padding', async () => {
      const golden = await readTinyGolden(TINY);
      const all = listActivations(model.config);
      for (const batch of golden.batches) {
        const expected = await readTensors(path.join(TINY, `${batch.name}.float64.safetensors`));
        const hooks = resolveHooks([], model.config);
        const sequences = sequencesOf(batch).map((inputIds) => ({ inputIds, tokens: [], hooks }));
        let seen = 0;
        for await (const { index, activations, logits } of traceSequences(model, sequences, all)) {
          const length = sequences[index]?.inputIds.length as number;
          near(logits, batch.logits_float64[index] as number[], golden.tolerance.logits);
          expect([...activations.keys()]).toEqual(all.map(({ name }) => name));
          for (const { name, dimensions, shape, data } of activations.values()) {
            const { shape: padded, values } = expected.get(name) as {
              shape: number[];
              values: ArrayLike<number>;
            };
            expect(shape).toEqual(
              padded.slice(1).map((size, d) => (dimensions[d] === 'seq' ? length : size)),
            );
            near(data, unpadded(values, padded, shape, index), golden.tolerance.activations);
          }
          seen += 1;
        }
        expect(seen).toBe(sequences.length);
      }
    });

    test('pairs are returned in order, with their tokens, and only the requested activations', async () => {
      const names = ['classifier.tanh', 'encoder.layer.*.attention.self.probs'];
      const traced = await inspector.trace(PAIRS, { names });
      const shaped = await inspector.trace(PAIRS, { names, shapesOnly: true });
      for (const [i, pair] of PAIRS.entries()) {
        const { query, document, tokens, activations } = traced[i] as TracedPair;
        expect({ query, document, tokens }).toEqual({ ...pair, tokens: inspector.placeTokens(pair).tokens });
        expect([...activations.keys()]).toEqual([
          'encoder.layer.0.attention.self.probs',
          'encoder.layer.1.attention.self.probs',
          'classifier.tanh',
        ]);
        expect(activations.get('encoder.layer.0.attention.self.probs')).toMatchObject({
          dimensions: ['heads', 'seq', 'seq'],
          shape: [3, tokens.length, tokens.length],
        });
        // Without a forward pass the same is known, but for the values.
        expect(shaped[i]).toEqual({
          ...{ query, document, tokens },
          activations: new Map(Array.from(activations, ([name, { data: _, ...shape }]) => [name, shape])),
        });
        const [alone] = await inspector.trace([pair], { names });
        for (const [name, { data }] of activations) {
          near(data, alone?.activations.get(name)?.data ?? []);
        }
      }
      await expect(inspector.trace(PAIRS, { names: 'classifier.tan' })).rejects.toThrow(
        'Near: classifier.tanh',
      );
      expect(await inspector.trace([])).toEqual([]);
    });

    test('a hook sees the values of trace, and the model continues with its result', async () => {
      const plain = await logitsOf();
      const name = 'encoder.layer.0.attention.self.context';
      const traced = await inspector.trace(PAIRS, { names: name });
      const shown: string[] = [];
      const looking: Hooks = {
        [name]: ({ data, shape, tokens }) => {
          const ids = (of: readonly { id: number }[]): string => of.map(({ id }) => id).join();
          const own = traced.find((pair) => ids(pair.tokens) === ids(tokens))?.activations.get(name);
          shown.push(String(shape));
          expect(shape).toEqual(own?.shape);
          near(data, own?.data ?? []);
          data.fill(7); // a copy, so this has no effect
          return undefined;
        },
      };
      expect(await logitsOf(looking)).toEqual(await logitsOf({ [name]: () => undefined }));
      near(await logitsOf(looking), plain);
      expect(shown).toHaveLength(2 * PAIRS.length);

      const zero: Hooks = { [name]: ({ data }) => data.fill(0) };
      const batched = await logitsOf(zero);
      const alone = await Promise.all(PAIRS.map(async (pair) => (await logitsOf(zero, [pair]))[0] as number));
      near(batched, alone);
      expect(distance(plain, batched).max).toBeGreaterThan(1e-3);
      const [after] = await inspector.trace([LONG], { names: name, hooks: zero });
      expect(after?.activations.get(name)?.data.every((value) => value === 0)).toBe(true);
      // Several sets, one after the other; a pattern that names nothing is refused.
      const one: Hooks = { [CONTEXTS]: ({ data }) => data.map((value) => value + 1) };
      const [both] = await inspector.trace([LONG], { names: name, hooks: [zero, one] });
      expect(both?.activations.get(name)?.data.every((value) => value === 1)).toBe(true);
      await expect(logitsOf({ 'encoder.layer.2.**': () => undefined })).rejects.toThrow(InputError);
    });

    test('a hook that fails, and one that returns too little, end the call and leave no tensor', async () => {
      const failing: Hooks = {
        'encoder.layer.1.output.dense': () => {
          throw new Error('a hook that fails');
        },
      };
      await expect(inspector.trace(PAIRS, { names: '**', hooks: failing })).rejects.toThrow(
        'a hook that fails',
      );
      const short: Hooks = { 'classifier.tanh': ({ data }) => data.subarray(1) };
      await expect(inspector.trace(PAIRS, { names: '**', hooks: short })).rejects.toThrow(
        'The hook of "classifier.tanh" returned 23 values; [24] has 24.',
      );
      await expect(inspector.trace(PAIRS, { names: '**', signal: AbortSignal.abort() })).rejects.toThrow(
        /abort/i,
      );
    });

    test('score by depth: the last is the model’s own score, an earlier one that of a model that ends there', async () => {
      const { pairs, mean } = await inspector.scoreByDepth(PAIRS);
      const atDepth = (depth: number): number[] => pairs.map(({ logits }) => logits[depth]?.[0] as number);
      near(atDepth(2), await logitsOf());
      near(atDepth(1), await logitsOf(skipLayers([1])));
      near(atDepth(0), await logitsOf(skipLayers([0, 1])));
      expect(Math.abs((atDepth(0)[0] as number) - (atDepth(2)[0] as number))).toBeGreaterThan(1e-3);
      near(
        mean.logits.flat(),
        [0, 1, 2].map((depth) => atDepth(depth).reduce((a, b) => a + b) / PAIRS.length),
      );
    });

    test('heads are ablated by zeros, by the pair’s mean, by given means', async () => {
      const name = 'encoder.layer.1.attention.self.context';
      const traceOf = async (hooks?: Hooks): Promise<Float32Array> => {
        const [traced] = await inspector.trace([LONG], { names: name, hooks });
        return traced?.activations.get(name)?.data as Float32Array;
      };
      const plain = await traceOf();
      const means = await inspector.meanActivations(PAIRS, { names: CONTEXTS });
      const tokens = plain.length / 24;
      const column = (data: Float32Array, c: number): number[] =>
        Array.from({ length: tokens }, (_, i) => data[i * 24 + c] as number);
      const meanOf = (c: number): number => column(plain, c).reduce((a, b) => a + b) / tokens;
      const zeroed = await traceOf(ablateHeads([[1, 2]]));
      const meaned = await traceOf(ablateHeads([[1, 2]], 'mean'));
      const given = await traceOf(ablateHeads([[1, 2]], means));
      for (const c of [0, 15]) {
        // heads 0 and 1 stay
        expect(column(zeroed, c)).toEqual(column(plain, c));
      }
      for (const c of [16, 23]) {
        expect(new Set(column(zeroed, c))).toEqual(new Set([0]));
        near(column(meaned, c), Array(tokens).fill(meanOf(c)), 1e-6);
        expect(new Set(column(given, c))).toEqual(new Set([means.get(name)?.[c]]));
      }
      const all = [0, 1, 2].map((head) => [1, head] as const);
      near(await logitsOf(ablateHeads(all)), await logitsOf({ [name]: ({ data }) => data.fill(0) }), 0);
      await expect(traceOf(ablateHeads([[1, 3]]))).rejects.toThrow(
        'There is no head 3; a layer has heads 0 to 2.',
      );
      await expect(traceOf(ablateHeads([[1, 0]], new Map()))).rejects.toThrow('The given means have none');
      await expect(inspector.meanActivations(PAIRS, { names: '**' })).rejects.toThrow('no row per token');
      const [whole] = await inspector.trace(PAIRS.slice(0, 1), { names: 'embeddings.LayerNorm' });
      const mean = (
        await inspector.meanActivations(PAIRS.slice(0, 1), { names: 'embeddings.LayerNorm' })
      ).get('embeddings.LayerNorm') as Float32Array;
      const rows = whole?.activations.get('embeddings.LayerNorm')?.data as Float32Array;
      expect(mean[5]).toBeCloseTo(
        column(rows, 5)
          .slice(0, rows.length / 24)
          .reduce((a, b) => a + b) /
          (rows.length / 24),
        6,
      );
    });

    test('patching all of a layer gives the other pair’s logit; one position may', async () => {
      const [source] = (await inspector.trace([OTHER], { names: 'encoder.layer.0.output.LayerNorm' })) as [
        TracedPair,
      ];
      const [plain, target] = (await logitsOf(undefined, [PAIR, OTHER])) as [number, number];
      expect(Math.abs(plain - target)).toBeGreaterThan(1e-4);
      near(await logitsOf(patchFrom(source), [PAIR]), [target]);
      const [first] = (await logitsOf(patchFrom(source, { positions: [0] }), [PAIR])) as [number];
      expect(Math.abs(first - target)).toBeGreaterThan(1e-6);
      await expect(logitsOf(patchFrom(source), [LONG])).rejects.toThrow(
        'both pairs must have the same number of tokens',
      );
      await expect(logitsOf(patchFrom(source, { positions: [99] }), [PAIR])).rejects.toThrow(
        'There is no position 99',
      );
      const [probs] = (await inspector.trace([OTHER], { names: 'encoder.layer.0.attention.self.probs' })) as [
        TracedPair,
      ];
      await expect(logitsOf(patchFrom(probs, { positions: [0] }), [PAIR])).rejects.toThrow(
        'no rows by position',
      );
    });

    test('causal tracing: each cell is the result of patching that place', async () => {
      const map = await inspector.traceCausally({ from: OTHER, into: PAIR });
      const [from, into] = (await logitsOf(undefined, [OTHER, PAIR])) as [number, number];
      expect(map.names).toEqual([
        'embeddings.LayerNorm',
        'encoder.layer.0.output.LayerNorm',
        'encoder.layer.1.output.LayerNorm',
      ]);
      near([map.logits.from, map.logits.into], [from, into]);
      const tokens = inspector.placeTokens(PAIR).tokens.length;
      expect(map.effects.map(({ length }) => length)).toEqual([tokens, tokens, tokens]);
      // After the last layer the head reads the first token and no other.
      near([map.effects[2]?.[0] as number], [from - into]);
      near(map.effects[2]?.subarray(1) ?? [], Array(tokens - 1).fill(0));
      const [source] = (await inspector.trace([OTHER], { names: 'embeddings.LayerNorm' })) as [TracedPair];
      const moved = await Promise.all(
        Array.from({ length: tokens }, async (_, position) => {
          const [logit] = await logitsOf(patchFrom(source, { positions: [position] }), [PAIR]);
          return (logit as number) - into;
        }),
      );
      near(map.effects[0] ?? [], moved);
      expect(Math.max(...moved.map(Math.abs))).toBeGreaterThan(1e-4);

      const whole = [Array.from({ length: tokens }, (_, i) => i), [1, 2]];
      const block = await inspector.traceCausally({
        from: OTHER,
        into: PAIR,
        site: 'output.dense',
        positions: whole,
      });
      expect(block.names).toEqual(['encoder.layer.0.output.dense', 'encoder.layer.1.output.dense']);
      expect(block.effects.map(({ length }) => length)).toEqual([2, 2]);
      await expect(inspector.traceCausally({ from: LONG, into: PAIR })).rejects.toThrow(
        'positions must correspond',
      );
    });

    test('attention: rows sum to 1, rollout too, statistics are of all heads', async () => {
      const attention = await inspector.attention(LONG);
      const seq = attention.tokens.length;
      expect([attention.layers, attention.heads]).toEqual([2, 3]);
      for (const { data } of [attention.map(1, 2), attention.rollout()[1] as { data: Float32Array }]) {
        for (let i = 0; i < seq; i++) {
          expect(data.subarray(i * seq, (i + 1) * seq).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
        }
      }
      const statistics = await inspector.headStatistics(PAIRS);
      expect(statistics.map(({ layer, head }) => [layer, head])).toEqual([
        ...[0, 1, 2].map((head) => [0, head]),
        ...[0, 1, 2].map((head) => [1, head]),
      ]);
      const [only] = await inspector.headStatistics([LONG]);
      const column = attention.map(0, 0).data.filter((_, i) => i % seq === 0);
      expect(only?.first).toBeCloseTo(column.reduce((a, b) => a + b) / seq, 5);
    });

    test.each(['secant', 'gradient'] as const)(
      'shares of the logit by %s sum to logit minus residual',
      async (tanh) => {
        for (const pair of PAIRS) {
          const shares = await inspector.shareLogit(pair, { tanh });
          const [logit] = await logitsOf(undefined, [pair]);
          near([shares.logit], [logit as number]);
          expect(Math.abs(sumOfShares(shares) + shares.residual - shares.logit)).toBeLessThanOrEqual(1e-12);
          expect(shares.layers.map(({ heads }) => heads.length)).toEqual([3, 3]);
          // The secant explains all but rounding; the slope leaves what tanh bends, which the head alone says.
          near([shares.residual], [tanh === 'secant' ? 0 : await bendOf(pair)], 2e-5);
        }
      },
    );

    /** The residual with the slope instead of tanh: sum over w (tanh(u) - (1 - tanh(u)^2) u). */
    async function bendOf(pair: (typeof PAIRS)[0]): Promise<number> {
      const [traced] = (await inspector.trace([pair], { names: 'classifier.dense' })) as [TracedPair];
      const weight = (await readTensors(path.join(TINY, 'model.safetensors'))).get(
        'classifier.out_proj.weight',
      );
      return (traced.activations.get('classifier.dense')?.data ?? new Float32Array()).reduce((sum, u, i) => {
        const t = Math.tanh(u);
        return sum + (weight?.values[i] as number) * (t - (1 - t * t) * u);
      }, 0);
    }

    test('a share is what its part, carried forward through the linear model, adds to the logit', async () => {
      const names = ['**'];
      const [traced] = (await inspector.trace([PAIR], { names })) as [TracedPair];
      const tensors = await readTensors(path.join(TINY, 'model.safetensors'));
      const weight = (name: string): number[] => Array.from(tensors.get(name)?.values as Float32Array);
      const row = (name: string): number[] =>
        Array.from(traced.activations.get(name)?.data.subarray(0, 24) as Float32Array);
      const plus = (a: number[], b: number[]): number[] => a.map((value, i) => value + (b[i] as number));
      const meanOf = (a: number[]): number => a.reduce((x, y) => x + y) / a.length;
      /** LayerNorm without its bias, with the deviation that `summed` has. */
      const norm = (x: number[], place: string, summed: number[]): number[] => {
        const variance = meanOf(summed.map((value) => (value - meanOf(summed)) ** 2));
        const deviation = Math.sqrt(variance + inspector.config.layerNormEps);
        return x.map(
          (value, i) => ((value - meanOf(x)) / deviation) * (weight(`roberta.${place}.weight`)[i] as number),
        );
      };
      const last = 'encoder.layer.1';
      const throughLast = (x: number[]): number[] =>
        norm(
          norm(
            x,
            `${last}.attention.output.LayerNorm`,
            plus(row('encoder.layer.0.output.LayerNorm'), row(`${last}.attention.output.dense`)),
          ),
          `${last}.output.LayerNorm`,
          plus(row(`${last}.attention.output.LayerNorm`), row(`${last}.output.dense`)),
        );
      const head = (x: number[]): number => {
        const [dense, out, u] = [
          weight('classifier.dense.weight'),
          weight('classifier.out_proj.weight'),
          row('classifier.dense'),
        ];
        return out.reduce((sum, w, i) => {
          const product = x.reduce((all, value, j) => all + value * (dense[i * 24 + j] as number), 0);
          return sum + (w * Math.tanh(u[i] as number) * product) / (u[i] as number);
        }, 0);
      };
      /** The output of head 1: its columns of the output's weight times its part of the context. */
      const written = (layer: number): number[] => {
        const output = weight(`roberta.encoder.layer.${layer}.attention.output.dense.weight`);
        const context = row(`encoder.layer.${layer}.attention.self.context`);
        return Array.from({ length: 24 }, (_, i) =>
          [8, 9, 10, 11, 12, 13, 14, 15].reduce(
            (sum, j) => sum + (output[i * 24 + j] as number) * (context[j] as number),
            0,
          ),
        );
      };
      const afterFirst = (x: number[]): number[] =>
        norm(
          x,
          'encoder.layer.0.output.LayerNorm',
          plus(row('encoder.layer.0.attention.output.LayerNorm'), row('encoder.layer.0.output.dense')),
        );
      const { layers } = await inspector.shareLogit(PAIR);
      const lastOutput = plus(row(`${last}.attention.output.LayerNorm`), row(`${last}.output.dense`));
      near([layers[1]?.heads[1], layers[1]?.feedForward, layers[0]?.feedForward].map(Number), [
        head(throughLast(written(1))),
        head(norm(row(`${last}.output.dense`), `${last}.output.LayerNorm`, lastOutput)),
        head(throughLast(afterFirst(row('encoder.layer.0.output.dense')))),
      ]);
    });
  });
}

/** One row of a padded array, cut to a shape: by place. */
function unpadded(
  values: ArrayLike<number>,
  padded: readonly number[],
  shape: readonly number[],
  row: number,
): number[] {
  const visit = (prefix: readonly number[]): number[] =>
    prefix.length === shape.length
      ? [values[[row, ...prefix].reduce((sum, index, d) => sum * (padded[d] as number) + index, 0)] as number]
      : Array.from({ length: shape[prefix.length] as number }).flatMap((_, i) => visit([...prefix, i]));
  return visit([]);
}
