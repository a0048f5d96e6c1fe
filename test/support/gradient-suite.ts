import {
  add,
  memory,
  mul,
  randomUniform,
  slice,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Batch } from '../../dist/batching/batch.js';
import type { Model } from '../../dist/engine/model.js';
import { integrateGradients, logitGradient } from '../../dist/inspection/attribution/embedding-gradients.js';
import { gaussLegendre } from '../../dist/inspection/attribution/gauss-legendre.js';
import { startBackend } from '../../dist/kernels/backend.js';
import { createDifferentiableKernels } from '../../dist/kernels/choose.js';
import { differentiable } from '../../dist/kernels/gradients/differentiable.js';
import { PLAIN_GRADIENTS } from '../../dist/kernels/gradients/plain-gradients.js';
import type { Kernels } from '../../dist/kernels/kernels.js';
import type { Backend } from '../../dist/kernels/names.js';
import { PLAIN_KERNELS } from '../../dist/kernels/plain.js';
import type { SequenceClassifier } from '../../dist/model/sequence-classifier.js';
import { readTinyGolden, TINY, TINY_5_LABELS } from './fixtures.js';
import {
  importModel,
  loadClassifier,
  type ModelModules,
  readAndDispose,
  sequencesOf,
} from './tiny-parity.js';

/** Half the step of a finite difference: longer ones have a curvature error, shorter ones rounding (both < 1e-3). */
const HALF_STEP = 0.02;
const DIRECTIONS = 6;

/** Gradients of the tiny models towards word embeddings, on one backend. */
export function describeGradients(backend: Backend): void {
  describe(`gradients on ${backend}`, { timeout: 600_000 }, () => {
    let modules: ModelModules;
    let own: Kernels;
    beforeAll(async () => {
      own = await createDifferentiableKernels(await startBackend(backend));
      modules = await importModel();
    });

    const load = (folder: string, kernels: Kernels = own) => loadClassifier(modules, folder, kernels);
    const batchesOf = async (folder: string, { config }: SequenceClassifier): Promise<Batch[]> =>
      (await readTinyGolden(folder)).batches.map((batch) =>
        modules.batch.createBatch(sequencesOf(batch), config.padTokenId),
      );

    test.each([
      [TINY, 0],
      [TINY_5_LABELS, 0],
      [TINY_5_LABELS, 3],
    ])('are the slopes of finite differences: %s, label %i', async (folder, label) => {
      const model = await load(folder);
      for (const batch of await batchesOf(folder, model)) {
        const at = model.embed(batch);
        const logit = logitOf(model, batch, label);
        const gradient = logitGradient(model, at, batch, label);
        const norm = Math.hypot(...(await readAndDispose(gradient.clone())));
        for (let i = 0; i < DIRECTIONS; i++) {
          const direction = randomUniform(at.shape, -0.5, 0.5, 'float32', 7 + i) as Tensor2D;
          const moved = (by: number) => readAndDispose(tidy(() => logit(add(at, mul(direction, by)))));
          const [up, down] = [await moved(HALF_STEP), await moved(-HALF_STEP)];
          const slope = ((up[0] as number) - (down[0] as number)) / (2 * HALF_STEP);
          const [along] = await readAndDispose(tidy(() => sum(mul(gradient, direction))));
          expect(Math.abs((along as number) - slope) / norm).toBeLessThan(2e-3);
          direction.dispose();
        }
        at.dispose();
        gradient.dispose();
      }
      model.dispose();
    });

    test('are the same by the backend’s kernels and by plain ones', async () => {
      const models = [
        await load(TINY),
        await load(TINY, differentiable(PLAIN_KERNELS, PLAIN_GRADIENTS)),
      ] as const;
      for (const batch of await batchesOf(TINY, models[0])) {
        const [ours, plain] = (await Promise.all(
          models.map((model) =>
            readAndDispose(tidy(() => logitGradient(model, model.embed(batch), batch, 0))),
          ),
        )) as [Float32Array, Float32Array];
        const largest = Math.max(...plain.map(Math.abs));
        expect(largest).toBeGreaterThan(0.01);
        expect(Math.max(...plain.map((value, i) => Math.abs(value - (ours[i] as number))))).toBeLessThan(
          1e-5 * largest,
        );
      }
      for (const model of models) {
        model.dispose();
      }
    });

    test('leave no tensor, even if a call fails or is aborted', async () => {
      const before = memory().numTensors;
      const classifier = await load(TINY);
      const loaded = memory().numTensors;
      const open = (faulty: boolean): Model =>
        ({
          config: classifier.config,
          maxBatchTokens: 30,
          differentiable: true,
          classifier: faulty ? failingAt('encoder.layer.1.output.dense', classifier) : classifier,
        }) as unknown as Model;
      const inputIds = Int32Array.from([0, 5, 9, 2, 2, 17, 30, 2]);
      const line = { inputIds, baselineIds: Int32Array.from([0, 1, 1, 2, 2, 1, 1, 2]), label: 0 };
      const points = gaussLegendre(7); // three batches: 30 tokens hold three points

      const [shares] = await integrateGradients(open(false), line, [points]);
      expect(shares?.filter((share) => share !== 0).length).toBe(4); // the tokens that differ from the baseline
      expect(memory().numTensors).toBe(loaded);

      await expect(integrateGradients(open(true), line, [points])).rejects.toThrow('a layer that fails');
      expect(memory().numTensors).toBe(loaded);

      const controller = new AbortController();
      const seen: number[] = [];
      const call = integrateGradients(open(false), line, [points], {
        signal: controller.signal,
        onProgress: ({ done }) => {
          seen.push(done);
          controller.abort(new Error('enough'));
        },
      });
      await expect(call).rejects.toThrow('enough');
      expect(seen).toEqual([3]);
      expect(memory().numTensors).toBe(loaded);
      expect(await integrateGradients(open(false), line, [points])).toEqual([shares]); // the tape is as it was
      classifier.dispose();
      expect(memory().numTensors).toBe(before);
    });
  });
}

/** The sum of a batch's logits as a function of its word embeddings. */
function logitOf(model: SequenceClassifier, batch: Batch, label: number): (x: Tensor) => Tensor {
  return (x) => sum(slice(model.forwardFrom(x as Tensor2D, batch), [0, label], [batch.lengths.length, 1]));
}

function failingAt(name: string, classifier: SequenceClassifier): Partial<SequenceClassifier> {
  return {
    config: classifier.config,
    embed: (batch) => classifier.embed(batch),
    forwardFrom: (wordEmbeddings, batch) =>
      classifier.forwardFrom(wordEmbeddings, batch, {
        wants: (wanted) => wanted === name,
        observe: () => {
          throw new Error('a layer that fails');
        },
      }),
  };
}
