import path from 'node:path';
import { clone, keep, type Tensor } from '@tensorflow/tfjs-core';
import type * as BatchModule from '../../dist/batching/batch.js';
import type { Kernels } from '../../dist/kernels/kernels.js';
import type * as PlainModule from '../../dist/kernels/plain.js';
import type * as ActivationsModule from '../../dist/model/activations.js';
import type { ActivationName } from '../../dist/model/activations.js';
import type * as ConfigModule from '../../dist/model/config/model-config.js';
import type * as ClassifierModule from '../../dist/model/sequence-classifier.js';
import { distance } from '../../dist/parity/compare.js';
import type * as CheckpointModule from '../../dist/weights/checkpoint.js';
import { type HostTensor, ROOT, readTensors, readTinyGolden, TINY, type TinyBatch } from './fixtures.js';

/** The model's modules, as built: the project's own, or a copy of them with a fault in it. */
export interface ModelModules {
  readonly activations: typeof ActivationsModule;
  readonly batch: typeof BatchModule;
  readonly checkpoint: typeof CheckpointModule;
  readonly classifier: typeof ClassifierModule;
  readonly config: typeof ConfigModule;
  readonly plain: typeof PlainModule;
}

/** Imports the model's modules from a build: `dist`, or a copy of it. */
export async function importModel(build = path.join(ROOT, 'dist')): Promise<ModelModules> {
  const load = (file: string) => import(/* @vite-ignore */ path.join(build, file));
  return {
    activations: await load('model/activations.js'),
    batch: await load('batching/batch.js'),
    checkpoint: await load('weights/checkpoint.js'),
    classifier: await load('model/sequence-classifier.js'),
    config: await load('model/config/model-config.js'),
    plain: await load('kernels/plain.js'),
  };
}

/** The same kernels, with no more attention scores at once than `maxScores`. */
export function inBlocks(kernels: Kernels, maxScores: number): Kernels {
  return { ...kernels, attention: (projected, shape) => kernels.attention(projected, shape, maxScores) };
}

type Classifier = ClassifierModule.SequenceClassifier;

/** @param kernels by default those of the modules themselves, TensorFlow.js's ops. */
export async function loadClassifier(
  modules: ModelModules,
  folder: string,
  kernels?: Kernels,
): Promise<Classifier> {
  const { default: json } = await import(/* @vite-ignore */ path.join(folder, 'config.json'));
  const checkpoint = await modules.checkpoint.openCheckpoint(folder);
  try {
    const config = modules.config.parseModelConfig(json, folder);
    return await modules.classifier.SequenceClassifier.load(checkpoint, config, kernels && { kernels });
  } finally {
    await checkpoint.close();
  }
}

/** Logits without an observer, [batch x labels]. */
export async function plainLogits(
  modules: ModelModules,
  model: Classifier,
  sequences: number[][],
): Promise<Float32Array> {
  return readAndDispose(model.forward(modules.batch.createBatch(sequences, model.config.padTokenId)));
}

/** The values of a tensor; not every backend can be read synchronously. */
export async function readAndDispose(tensor: Tensor): Promise<Float32Array> {
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values;
}

/** Runs a batch and copies out every activation that `wants` says; a name seen twice is an error. */
export async function observe(
  modules: ModelModules,
  model: Classifier,
  sequences: number[][],
  wants: (name: ActivationName) => boolean,
): Promise<Map<string, HostTensor>> {
  const seen = new Map<string, Tensor>();
  const logits = model.forward(modules.batch.createBatch(sequences, model.config.padTokenId), {
    wants,
    observe(name: ActivationName, tensor: Tensor) {
      if (seen.has(name)) {
        throw new Error(`${name} was observed twice`);
      }
      seen.set(name, keep(clone(tensor)));
      return tensor;
    },
  });
  logits.dispose();
  const read = new Map<string, HostTensor>();
  for (const [name, tensor] of seen) {
    read.set(name, { shape: tensor.shape, values: await readAndDispose(tensor) });
  }
  return read;
}

export function sequencesOf({ input_ids, lengths }: TinyBatch): number[][] {
  return input_ids.map((ids, row) => ids.slice(0, lengths[row]));
}

/** Differences between observed activations and the golden's: missing, extra, wrong shape, too far, NaN. */
export function differences(
  expected: ReadonlyMap<string, HostTensor>,
  actual: ReadonlyMap<string, HostTensor>,
  tolerance: number,
): string[] {
  const extra = [...actual.keys()].filter((name) => !expected.has(name)).map((name) => `${name}: unexpected`);
  return [...expected]
    .flatMap(([name, golden]) => {
      const ours = actual.get(name);
      if (ours === undefined) {
        return [`${name}: missing`];
      }
      if (String(ours.shape) !== String(golden.shape)) {
        return [`${name}: shape [${ours.shape}] instead of [${golden.shape}]`];
      }
      const { max } = distance(golden.values, ours.values);
      return max <= tolerance ? [] : [`${name}: ${max} from the reference`];
    })
    .concat(extra);
}

/**
 * All parity checks of the tiny model on the running backend: every activation of every batch within its tolerance of
 * float64; logits observed, unobserved, and of each sequence alone.
 *
 * @returns the failures; empty if the numbers are the reference's.
 */
export async function tinyParityFailures(modules: ModelModules, kernels?: Kernels): Promise<string[]> {
  const golden = await readTinyGolden(TINY);
  const model = await loadClassifier(modules, TINY, kernels);
  const failures: string[] = [];
  const check = (what: string, expected: readonly number[], actual: ArrayLike<number>) => {
    const { max } = distance(expected, actual);
    if (!(max <= golden.tolerance.logits)) {
      failures.push(`${what}: logits ${max} from the reference`);
    }
  };
  for (const batch of golden.batches) {
    const sequences = sequencesOf(batch);
    const expected = await readTensors(path.join(TINY, `${batch.name}.float64.safetensors`));
    const actual = await observe(modules, model, sequences, () => true);
    failures.push(...differences(expected, actual, golden.tolerance.activations));
    check(
      `${batch.name}, observed`,
      batch.logits_float64.flat(),
      actual.get('classifier.out_proj')?.values ?? [],
    );
    check(
      `${batch.name}, unobserved`,
      batch.logits_float64.flat(),
      await plainLogits(modules, model, sequences),
    );
    for (const [row, sequence] of sequences.entries()) {
      const alone = await plainLogits(modules, model, [sequence]);
      check(`${batch.name}, sequence ${row} alone`, batch.alone.logits_float64[row] as number[], alone);
    }
  }
  model.dispose();
  return failures;
}
