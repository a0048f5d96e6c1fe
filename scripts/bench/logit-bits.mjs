// Prints the exact bits of one build's results, as JSON {case: hex of float32 values}. same-bits.mjs runs it.
//
//   node logit-bits.mjs TREE BACKEND[:DTYPE]
//
// TREE is a checkout with a built dist/. Modules are searched in all places where they have been so far.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [tree, setup] = process.argv.slice(2);
const [backend, dtype = 'float32'] = setup.split(':');
const MINI = path.join(tree, 'weights/mini-en-zh');

/** Pairs of one batch. Sums depend on this number, so it is fixed here and not taken from the build. */
const BATCH_PAIRS = 4;
/** Padded tokens of a batch, where the library plans the batches. */
const MAX_BATCH_TOKENS = 512;

async function load(...places) {
  const found = places.map((place) => path.join(tree, 'dist', place)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`None of ${places.join(', ')} is in ${tree}/dist.`);
  return import(found);
}
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const hex = (values) => Buffer.from(new Uint8Array(Float32Array.from(values).buffer)).toString('hex');

const bits = {};
await ofLibrary();
if (dtype !== 'int8') await ofLayers(); // int8 needs the ranges that the library measures at load
process.stdout.write(`${JSON.stringify(bits)}\n`);

/** The reference pairs as texts, through the public entry: tokenizer, batches, calibration. */
async function ofLibrary() {
  const { Reranker } = await load('index.js');
  const reranker = await Reranker.load(MINI, { backend, dtype, maxBatchTokens: MAX_BATCH_TOKENS });
  const pairs = referencePairs();
  const scores = await reranker.score(pairs.map(({ query, document }) => ({ query, document })));
  bits['mini: reference pairs through the library'] = hex(scores.map(({ logit }) => logit));
  reranker.dispose();
}

/** Token ids in fixed batches through the model: plain, with every activation observed, and with gradients. */
async function ofLayers() {
  const { startBackend } = await load('kernels/backend.js', 'tensor/backend.js');
  const { createKernels, createDifferentiableKernels } = await load(
    'kernels/choose.js',
    'tensor/create-kernels.js',
  );
  const { createBatch } = await load('batching/batch.js');
  const { openCheckpoint } = await load('weights/checkpoint.js');
  const { parseModelConfig } = await load('model/config/model-config.js', 'config/model-config.js');
  const { SequenceClassifier } = await load('model/sequence-classifier.js');
  // Older builds have a wrapper for any kernels instead of createDifferentiableKernels.
  const withGradientsOf = async () =>
    createDifferentiableKernels === undefined
      ? (await load('layers/differentiable-kernels.js')).differentiable(kernels)
      : createDifferentiableKernels(started);
  const { logitGradient } = await load(
    'inspection/attribution/embedding-gradients.js',
    'inspection/embedding-gradients.js',
  );
  const started = await startBackend(backend);
  const kernels = await createKernels(started, dtype);
  const fixtures = path.join(tree, 'test/fixtures');
  const tiny = ['tiny', 'tiny-5-labels'].map((name) => ({ name, folder: path.join(fixtures, name) }));
  const models = [{ name: 'mini', folder: MINI }, ...tiny].filter(
    ({ name }) => backend !== 'cpu' || name !== 'mini',
  );

  for (const { name, folder } of models) {
    const config = parseModelConfig(readJson(path.join(folder, 'config.json')), folder);
    const batches = batchesOf(folder).map((sequences) => createBatch(sequences, config.padTokenId));
    const open = async (by) => {
      const checkpoint = await openCheckpoint(folder);
      try {
        return await SequenceClassifier.load(checkpoint, config, { kernels: by });
      } finally {
        await checkpoint.close();
      }
    };

    const model = await open(kernels);
    for (const [i, batch] of batches.entries()) {
      bits[`${name}: batch ${i}`] = hex(await read(model.forward(batch)));
      const sums = createHash('sha256');
      const observer = {
        wants: () => true,
        observe: (activation, tensor) => {
          sums.update(activation).update(new Uint8Array(Float32Array.from(tensor.dataSync()).buffer));
          return tensor;
        },
      };
      bits[`${name}: batch ${i}, observed`] = hex(await read(model.forward(batch, observer)));
      bits[`${name}: batch ${i}, every activation (sha256)`] = sums.digest('hex');
    }
    model.dispose();

    if (dtype !== 'float32') continue;
    const withGradients = await open(await withGradientsOf());
    const [batch] = batches;
    const words = withGradients.embed(batch);
    bits[`${name}: batch 0 with gradients`] = hex(await read(withGradients.forward(batch)));
    bits[`${name}: batch 0, gradient`] = hex(await read(logitGradient(withGradients, words, batch, 0)));
    words.dispose();
    withGradients.dispose();
  }
}

/** All 55 pairs; on the slow cpu backend the four shortest. */
function referencePairs() {
  const { pairs } = readJson(path.join(MINI, 'reference.json'));
  return backend === 'cpu'
    ? pairs.sort((a, b) => a.input_ids.length - b.input_ids.length).slice(0, BATCH_PAIRS)
    : pairs;
}

/** Sequences of ids in batches: the reference pairs four by four, the tiny models' own batches. */
function batchesOf(folder) {
  if (folder !== MINI) {
    const { batches } = readJson(path.join(folder, 'golden.json'));
    return batches.map(({ input_ids, lengths }) => input_ids.map((ids, row) => ids.slice(0, lengths[row])));
  }
  const sequences = referencePairs().map(({ input_ids }) => input_ids);
  return Array.from({ length: Math.ceil(sequences.length / BATCH_PAIRS) }, (_, i) =>
    sequences.slice(i * BATCH_PAIRS, (i + 1) * BATCH_PAIRS),
  );
}

async function read(tensor) {
  const values = await tensor.data();
  tensor.dispose();
  return values;
}
