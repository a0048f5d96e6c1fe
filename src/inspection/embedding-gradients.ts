import { setImmediate } from 'node:timers/promises';
import {
  add,
  engine,
  grad,
  mul,
  reshape,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  tile,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { type Batch, createBatch } from '../batching/batch.js';
import { InputError } from '../errors.js';
import type { SequenceClassifier } from '../model/sequence-classifier.js';
import type { OpenModel } from '../reranker/open-model.js';
import type { LongCallOptions } from './attribution-types.js';
import type { Quadrature } from './gauss-legendre.js';

/** A straight line through the space of word embeddings, which ends at those of a sequence. */
export interface EmbeddingLine {
  /** The sequence: where the line ends. Positions are its own all along. */
  readonly inputIds: Int32Array;
  /** Whose word embeddings the line starts from, one for each of `inputIds`; zeros where there is none. */
  readonly baselineIds?: Int32Array;
  /** Which logit. */
  readonly label: number;
}

/**
 * The integral of the gradient of a logit along a line times the line's length, summed over `hidden`: by the
 * fundamental theorem, the logit at its end less that at its start, shared out among the tokens.
 *
 * The line's points are computed as batches of one sequence.
 *
 * @returns one number for each of `inputIds`, summed over the points in float64. No tensor is kept between batches.
 * @throws InputError when the model was not loaded `differentiable`.
 */
export async function integrateGradients(
  model: OpenModel,
  line: EmbeddingLine,
  { points, weights }: Quadrature,
  { signal, onProgress }: LongCallOptions = {},
): Promise<number[]> {
  if (!model.differentiable) {
    throw new InputError(
      'The model was not loaded for gradients: load it with {differentiable: true}, or take the method "occlusion".',
    );
  }
  const total = points.length;
  const atOnce = Math.max(1, Math.floor(model.maxBatchTokens / line.inputIds.length));
  const tokens = new Array<number>(line.inputIds.length).fill(0);
  for (let from = 0; from < total; from += atOnce) {
    signal?.throwIfAborted();
    const to = Math.min(total, from + atOnce);
    const shares = sumOverPoints(model, line, points.slice(from, to), weights.slice(from, to));
    try {
      for (const [i, share] of (await shares.data<'float32'>()).entries()) {
        tokens[i] = (tokens[i] as number) + share;
      }
    } finally {
      shares.dispose();
    }
    onProgress?.({ done: to, total });
    await setImmediate(); // others get a turn, and aborts are seen
  }
  signal?.throwIfAborted();
  return tokens;
}

/** The logits at both ends of a line, in one forward pass. */
export async function logitsAtEnds(
  { classifier, config }: OpenModel,
  { inputIds, baselineIds = inputIds, label }: EmbeddingLine,
): Promise<{ readonly start: number; readonly end: number }> {
  const logits = tidy(() => {
    const embedded = classifier.embed(createBatch([baselineIds, inputIds], config.padTokenId));
    return classifier.forwardFrom(embedded, createBatch([inputIds, inputIds], config.padTokenId));
  });
  try {
    const values = await logits.data<'float32'>();
    return { start: values[label] as number, end: values[config.numLabels + label] as number };
  } finally {
    logits.dispose();
  }
}

/** @returns [seq]: of each token, over these points, the weighted sum of gradient times direction. */
function sumOverPoints(
  { classifier, config }: OpenModel,
  { inputIds, baselineIds, label }: EmbeddingLine,
  points: readonly number[],
  weights: readonly number[],
): Tensor {
  const count = points.length;
  const seq = inputIds.length;
  const batch = createBatch(
    points.map(() => inputIds),
    config.padTokenId,
  );
  return tidy(() => {
    const flat = [count, seq * config.hiddenSize] as [number, number];
    const end = reshape(classifier.embed(batch), flat);
    const start =
      baselineIds === undefined
        ? zerosLike(end)
        : reshape(classifier.embed(createBatch([baselineIds], config.padTokenId)), [1, flat[1]]);
    const direction = sub(end, start);
    const at = add(start, mul(direction, tensor2d([...points], [count, 1])));
    const rows = [count * seq, config.hiddenSize] as [number, number];
    const gradient = logitGradient(classifier, reshape(at, rows), batch, label);
    const shares = mul(mul(reshape(gradient, flat), direction), tensor2d([...weights], [count, 1]));
    return sum(reshape(shares, [count, seq, config.hiddenSize]), [0, 2]);
  });
}

/**
 * The gradient of one logit of each sequence towards the word embeddings that it is computed from.
 *
 * @param wordEmbeddings [batch x seq, hidden]
 * @returns the same shape; the caller disposes it. Where it throws, no tensor stays behind.
 */
export function logitGradient(
  classifier: Pick<SequenceClassifier, 'config' | 'forwardFrom'>,
  wordEmbeddings: Tensor2D,
  batch: Batch,
  label: number,
): Tensor2D {
  const towards = Array.from({ length: classifier.config.numLabels }, (_, i) => (i === label ? 1 : 0));
  try {
    return tidy(() => {
      const dy = tile(tensor2d([towards]), [batch.lengths.length, 1]);
      return grad((x) => classifier.forwardFrom(x as Tensor2D, batch))(wordEmbeddings, dy) as Tensor2D;
    });
  } catch (error) {
    freeTape();
    throw error;
  }
}

/** Where a forward pass throws, TensorFlow.js leaves what it kept for the way back. */
function freeTape(): void {
  const { state } = engine();
  if (state.gradientDepth === 0) {
    for (const saved of (state.activeTape ?? []).flatMap((node) => node.saved ?? [])) {
      saved.dispose();
    }
    state.activeTape = [];
  }
}
