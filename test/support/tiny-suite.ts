import path from 'node:path';
import { memory, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../dist/kernels/backend.js';
import { createKernels } from '../../dist/kernels/choose.js';
import type { Kernels } from '../../dist/kernels/kernels.js';
import type { Backend } from '../../dist/kernels/names.js';
import { listActivations } from '../../dist/model/activations.js';
import { distance } from '../../dist/parity/compare.js';
import { readTensors, readTinyGolden, TINY, TINY_5_LABELS, type TinyBatch } from './fixtures.js';
import {
  differences,
  importModel,
  inBlocks,
  loadClassifier,
  type ModelModules,
  observe,
  plainLogits,
  readAndDispose,
  sequencesOf,
  tinyParityFailures,
} from './tiny-parity.js';

/** Of the longest tiny sequence, 3 heads and 39 tokens, two queries at once; of the padded batch one. */
const SMALL_BLOCKS = 250;

/** Parity of the tiny models with PyTorch, activation by activation, on one backend. */
export function describeTinyParity(backend: Backend): void {
  // A GPU in software takes a minute for what the others do in seconds.
  describe(`tiny model on ${backend}`, { timeout: 600_000 }, () => {
    let modules: ModelModules;
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await createKernels(await startBackend(backend), 'float32');
      modules = await importModel();
    });

    test('every activation and all logits are the reference’s', async () => {
      expect(await tinyParityFailures(modules, kernels)).toEqual([]);
    });

    test('attention in blocks of queries gives the same, and observed scores stay whole', async () => {
      expect(await tinyParityFailures(modules, inBlocks(kernels, SMALL_BLOCKS))).toEqual([]);
    });

    test('the golden and the closed list have the same names', async () => {
      const model = await loadClassifier(modules, TINY, kernels);
      const names = listActivations(model.config).map(({ name }) => name);
      const golden = await readTensors(path.join(TINY, 'padded.float64.safetensors'));
      expect([...golden.keys()].sort()).toEqual([...names].sort());
      model.dispose();
    });

    test('a name observed alone has the same value: no shortcut changes it', async () => {
      const golden = await readTinyGolden(TINY);
      const model = await loadClassifier(modules, TINY, inBlocks(kernels, SMALL_BLOCKS));
      for (const batch of golden.batches) {
        const expected = await readTensors(path.join(TINY, `${batch.name}.float64.safetensors`));
        for (const [name, tensor] of expected) {
          const actual = await observe(modules, model, sequencesOf(batch), (wanted) => wanted === name);
          expect(differences(new Map([[name, tensor]]), actual, golden.tolerance.activations)).toEqual([]);
        }
      }
      model.dispose();
    });

    test('five labels', async () => {
      const golden = await readTinyGolden(TINY_5_LABELS);
      const model = await loadClassifier(modules, TINY_5_LABELS, kernels);
      for (const batch of golden.batches) {
        const logits = await plainLogits(modules, model, sequencesOf(batch));
        expect(distance(batch.logits_float64.flat(), logits).max).toBeLessThanOrEqual(
          golden.tolerance.logits,
        );
      }
      model.dispose();
    });

    test('the second entrance, from word embeddings, gives the same logits', async () => {
      const golden = await readTinyGolden(TINY);
      const model = await loadClassifier(modules, TINY, kernels);
      for (const batch of golden.batches) {
        const input = modules.batch.createBatch(sequencesOf(batch), model.config.padTokenId);
        const logits = tidy(() => model.forwardFrom(model.embed(input), input));
        expect(distance(batch.logits_float64.flat(), await readAndDispose(logits)).max).toBeLessThanOrEqual(
          golden.tolerance.logits,
        );
      }
      model.dispose();
    });

    test('an observer replaces an activation, and the logits follow', async () => {
      const golden = await readTinyGolden(TINY);
      const model = await loadClassifier(modules, TINY, kernels);
      const batch = golden.batches[0] as TinyBatch;
      const input = modules.batch.createBatch(sequencesOf(batch), model.config.padTokenId);
      const ablated = model.forward(input, {
        wants: (name) => name === 'encoder.layer.0.attention.self.context',
        observe: (_name, tensor) => zerosLike(tensor),
      });
      expect(distance(batch.logits_float64.flat(), await readAndDispose(ablated)).max).toBeGreaterThan(0.01);
      model.dispose();
    });

    test('a forward pass leaves nothing behind except its logits, a failed one nothing', async () => {
      const golden = await readTinyGolden(TINY);
      const batch = golden.batches[0] as TinyBatch;
      const before = memory().numTensors;
      const model = await loadClassifier(modules, TINY, kernels);
      const loaded = memory().numTensors;
      const input = modules.batch.createBatch(sequencesOf(batch), model.config.padTokenId);
      const logits = model.forward(input);
      expect(memory().numTensors).toBe(loaded + 1);
      logits.dispose();
      const fail = () =>
        model.forward(input, {
          wants: (name) => name === 'encoder.layer.1.output.dense',
          observe: () => {
            throw new Error('an observer that fails');
          },
        });
      expect(fail).toThrow('an observer that fails');
      expect(memory().numTensors).toBe(loaded);
      model.dispose();
      expect(memory().numTensors).toBe(before);
    });
  });
}
