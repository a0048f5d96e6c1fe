import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import type { Model } from '../../engine/model.js';
import { selectActivations } from './activation-globs.js';
import type { DepthScores } from './depth.js';
import { traceSequences } from './trace.js';

/** The outputs of the embeddings and of each layer: [seq, hidden] each. */
const DEPTHS = ['embeddings.LayerNorm', 'encoder.layer.*.output.LayerNorm'];

/**
 * The classification head applied to the first token after the embeddings and after each layer: it shows where the
 * decision forms. The head was trained only on the last layer's output, so its output for earlier layers is a reading,
 * not a prediction.
 *
 * Source: nostalgebraist 2020, interpreting GPT: the logit lens, with a classification head in place of the unembedding.
 */
export async function scoreByDepth(
  model: Model,
  sequences: readonly Int32Array[],
  signal?: AbortSignal,
): Promise<DepthScores[]> {
  const { config } = model;
  const results = new Array<DepthScores>(sequences.length);
  const unhooked = sequences.map((inputIds) => ({ inputIds, tokens: [], hooks: new Map() }));
  const activations = selectActivations(DEPTHS, config);
  for await (const { index, ...traced } of traceSequences(model, unhooked, activations, signal)) {
    const firstTokens = Array.from(traced.activations.values(), ({ data }) =>
      data.subarray(0, config.hiddenSize),
    );
    results[index] = { logits: await applyHead(model, firstTokens) };
  }
  return results;
}

/** Rows [hidden] -> logits [rows][labels]. */
async function applyHead({ classifier, config }: Model, rows: readonly Float32Array[]): Promise<number[][]> {
  const { hiddenSize, numLabels } = config;
  const values = new Float32Array(rows.length * hiddenSize);
  for (const [i, row] of rows.entries()) {
    values.set(row, i * hiddenSize);
  }
  const firstTokens = tensor2d(values, [rows.length, hiddenSize]);
  let logits: Tensor2D | undefined;
  try {
    logits = classifier.classify(firstTokens);
    const all = Array.from(await logits.data<'float32'>());
    return rows.map((_, i) => all.slice(i * numLabels, (i + 1) * numLabels));
  } finally {
    firstTokens.dispose();
    logits?.dispose();
  }
}
