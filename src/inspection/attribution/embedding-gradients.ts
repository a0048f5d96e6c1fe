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
import { type Batch, createBatch } from '../../batching/batch.js';
import type { Model } from '../../engine/model.js';
import { InputError } from '../../errors/errors.js';
import type { ModelConfig } from '../../model/config/model-config.js';
import type { SequenceClassifier } from '../../model/sequence-classifier.js';
import type { LongCallOptions } from './attribution-types.js';
import type { Quadrature } from './gauss-legendre.js';

/** A straight line through the space of word embeddings, which ends at those of a sequence. */
export interface EmbeddingLine {
  /** The sequence at the end of the line. Its positions are used on the whole line. */
  readonly inputIds: Int32Array;
  /** The ids whose word embeddings are the start of the line, one for each of `inputIds`; default: zeros. */
  readonly baselineIds?: Int32Array;
  /** The index of the logit. */
  readonly label: number;
}

/**
 * Integrals of a logit's gradient along a line or parts of it, times the line's length, summed over `hidden`. By the
 * fundamental theorem of calculus these attribute the logit's difference between both ends to the tokens.
 *
 * The points of all integrals are computed as batches of one sequence.
 *
 * @param quadratures points on the line, from 0 (start) to 1 (end), with weights.
 * @returns for each quadrature one number for each of `inputIds`, summed over the points in float64. No tensor is kept
 * between batches.
 * @throws InputError if the model was not loaded `differentiable`.
 */
export async function integrateGradients(
  model: Model,
  line: EmbeddingLine,
  quadratures: readonly Quadrature[],
  { signal, onProgress }: LongCallOptions = {},
): Promise<number[][]> {
  if (!model.differentiable) {
    throw new InputError(
      'The model was not loaded for gradients: load it with {differentiable: true}, or use the method "occlusion".',
    );
  }
  const seq = line.inputIds.length;
  const integrals = quadratures.map(() => new Array<number>(seq).fill(0));
  const places = quadratures.flatMap(({ points, weights }, integral) =>
    points.map((point, i) => ({ point, weight: weights[i] as number, integral })),
  );
  const total = places.length;
  const atOnce = Math.max(1, Math.floor(model.maxBatchTokens / seq));
  for (let from = 0; from < total; from += atOnce) {
    signal?.throwIfAborted();
    const some = places.slice(from, from + atOnce);
    const shares = sharesAt(
      model,
      line,
      some.map(({ point }) => point),
    );
    try {
      const values = await shares.data<'float32'>();
      for (const [row, { weight, integral }] of some.entries()) {
        const tokens = integrals[integral] as number[];
        for (let i = 0; i < seq; i++) {
          tokens[i] = (tokens[i] as number) + weight * (values[row * seq + i] as number);
        }
      }
    } finally {
      shares.dispose();
    }
    onProgress?.({ done: from + some.length, total });
    await setImmediate(); // lets other tasks run, and abort signals arrive
  }
  signal?.throwIfAborted();
  return integrals;
}

/** The logits at both ends of a line, in one forward pass. */
export async function logitsAtEnds(
  { classifier, config }: Model,
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

/** The logits at points of a line, from 0 (start) to 1 (end); in batches. */
export async function logitsAlong(
  { classifier, config, maxBatchTokens }: Model,
  line: EmbeddingLine,
  points: readonly number[],
): Promise<number[]> {
  const atOnce = Math.max(1, Math.floor(maxBatchTokens / line.inputIds.length));
  const found: number[] = [];
  for (let from = 0; from < points.length; from += atOnce) {
    const some = points.slice(from, from + atOnce);
    const logits = tidy(() => {
      const batch = batchOf(line, some.length, config);
      return classifier.forwardFrom(pointsOf(classifier, line, some, batch).at, batch);
    });
    try {
      const values = await logits.data<'float32'>();
      found.push(...some.map((_, i) => values[i * config.numLabels + line.label] as number));
    } finally {
      logits.dispose();
    }
    await setImmediate();
  }
  return found;
}

/** @returns [points, seq]: at each point, the gradient times the line's direction, summed over `hidden`. */
function sharesAt({ classifier, config }: Model, line: EmbeddingLine, points: readonly number[]): Tensor {
  const batch = batchOf(line, points.length, config);
  return tidy(() => {
    const { at, direction } = pointsOf(classifier, line, points, batch);
    const gradient = reshape(logitGradient(classifier, at, batch, line.label), [points.length, -1]);
    return sum(reshape(mul(gradient, direction), [points.length, -1, config.hiddenSize]), 2);
  });
}

/** A batch of `count` copies of a line's sequence. */
function batchOf({ inputIds }: EmbeddingLine, count: number, { padTokenId }: ModelConfig): Batch {
  return createBatch(new Array<Int32Array>(count).fill(inputIds), padTokenId);
}

/** @returns `at`: word embeddings [points x seq, hidden]; `direction`: end less start, [points, seq x hidden]. */
function pointsOf(
  classifier: SequenceClassifier,
  { inputIds, baselineIds }: EmbeddingLine,
  points: readonly number[],
  batch: Batch,
): { at: Tensor2D; direction: Tensor } {
  const { hiddenSize, padTokenId } = classifier.config;
  const [count, width] = [points.length, inputIds.length * hiddenSize];
  const end = reshape(classifier.embed(batch), [count, width]);
  const start =
    baselineIds === undefined
      ? zerosLike(end)
      : reshape(classifier.embed(createBatch([baselineIds], padTokenId)), [1, width]);
  const direction = sub(end, start);
  const at = add(start, mul(direction, tensor2d([...points], [count, 1])));
  return { at: reshape(at, [count * inputIds.length, hiddenSize]), direction };
}

/**
 * The gradient of one logit of each sequence with respect to the word embeddings that it is computed from.
 *
 * @param wordEmbeddings [batch x seq, hidden]
 * @returns the same shape; the caller disposes it. If it throws, no tensor remains.
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

/** If a forward pass throws, TensorFlow.js keeps the tensors that it had stored for the backward pass. */
function freeTape(): void {
  const { state } = engine();
  if (state.gradientDepth === 0) {
    for (const saved of (state.activeTape ?? []).flatMap((node) => node.saved ?? [])) {
      saved.dispose();
    }
    state.activeTape = [];
  }
}
