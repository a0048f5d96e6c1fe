import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { distance } from '../../src/parity/compare.js';
import { parseGolden } from '../../src/parity/golden.js';
import { LocalScorer } from '../../src/reranker/local-scorer.js';
import { startBackend } from '../../src/tensor/backend.js';
import { createKernels } from '../../src/tensor/create-kernels.js';
import { nodeBackend } from '../../src/tensor/native-ops.js';
import { MINI, ROOT, readTensors, readTinyGolden, TINY, type TinyBatch } from '../support/fixtures.js';
import { NATIVE_IS_BUILT, NATIVE_IS_NOT_BUILT } from '../support/native-binding.js';
import { importModel, loadClassifier, observe, sequencesOf } from '../support/tiny-parity.js';

/** bfloat16 keeps 8 bits: one part in 256, here of logits up to 6, evened out over 12 layers. Measured: 0.071. */
const MINI_TOLERANCE = 0.15;
/** Activations of the tiny model are below 8. Measured: 0.03. */
const TINY_TOLERANCE = 0.1;

if (!NATIVE_IS_BUILT) {
  test('bfloat16 on node', (context) => context.skip(NATIVE_IS_NOT_BUILT));
} else {
  test('the embedded model in bfloat16: logits near the reference, every handle freed', async () => {
    await startBackend('node');
    const file = path.join(MINI, 'reference.json');
    const { pairs } = parseGolden(await readFile(file, 'utf8'), file);
    const before = countTensors();
    const scorer = await LocalScorer.load(MINI, { backend: 'node', dtype: 'bfloat16' });
    const score = () => scorer.scoreIds(pairs.map(({ inputIds }) => inputIds));
    await score(); // weights that need no conversion go to TensorFlow with their first use
    const loaded = countTensors();
    const logits = await score();
    expect(countTensors()).toEqual(loaded);
    scorer.dispose();
    expect(countTensors()).toEqual(before);
    const { max } = distance(
      pairs.flatMap((pair) => pair.logits),
      logits.flat(),
    );
    expect(max).toBeLessThan(MINI_TOLERANCE);
    expect(max).toBeGreaterThan(1e-4); // else it was float32
  });

  test('observed activations are float32 tensors near the reference’s, each once', async () => {
    const kernels = await createKernels(await startBackend('node'), 'bfloat16');
    const modules = await importModel(path.join(ROOT, 'src'));
    const model = await loadClassifier(modules, TINY, kernels);
    const batch = (await readTinyGolden(TINY)).batches[0] as TinyBatch;
    const expected = await readTensors(path.join(TINY, `${batch.name}.float64.safetensors`));
    const actual = await observe(modules, model, sequencesOf(batch), () => true);
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, { shape, values }] of expected) {
      expect(actual.get(name)?.shape).toEqual(shape);
      expect({ name, max: distance(values, actual.get(name)?.values ?? []).max }).toEqual({
        name,
        max: expect.toSatisfy((max: number) => max < TINY_TOLERANCE),
      });
    }
    model.dispose();
  });
}

/** Tensors that TensorFlow.js knows of, and handles that TensorFlow holds. */
function countTensors(): { tensors: number; handles: number } {
  return { tensors: memory().numTensors, handles: nodeBackend().binding.getNumOfTensors() };
}
