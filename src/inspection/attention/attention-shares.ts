import type { OpenModel } from '../../engine/open-model.js';
import type { ActivationName } from '../../model/activations.js';
import { capture } from '../trace/capture.js';

/** What the first token, which alone the head reads, has of each token by attention. */
export interface AttentionShares {
  /** [labels] */
  readonly logits: Float32Array;
  /** One for each of `inputIds`; they sum to 1. */
  readonly tokens: readonly number[];
}

/** The last layer's attention of the first token, mean of the heads. */
export async function lastLayerAttention(model: OpenModel, inputIds: Int32Array): Promise<AttentionShares> {
  const { logits, layers } = await captureAttention(model, inputIds, [model.config.numHiddenLayers - 1]);
  return { logits, tokens: through(firstToken(inputIds.length), layers[0] as Float32Array, 0) };
}

/**
 * Attention rollout, Abnar and Zuidema 2020: the layers' attention multiplied, each as the mean of its heads, half of it
 * for the residual connection; of the product the first token's row.
 */
export async function rolledOutAttention(model: OpenModel, inputIds: Int32Array): Promise<AttentionShares> {
  const all = Array.from({ length: model.config.numHiddenLayers }, (_, layer) => layer);
  const { logits, layers } = await captureAttention(model, inputIds, all);
  const tokens = layers.reduceRight((row, probs) => through(row, probs, 0.5), firstToken(inputIds.length));
  return { logits, tokens };
}

async function captureAttention(
  model: OpenModel,
  inputIds: Int32Array,
  layers: readonly number[],
): Promise<{ logits: Float32Array; layers: Float32Array[] }> {
  const names = layers.map((layer): ActivationName => `encoder.layer.${layer}.attention.self.probs`);
  const { logits, activations } = await capture(model, [inputIds], new Set(names));
  return { logits, layers: names.map((name) => activations.get(name)?.data as Float32Array) };
}

function firstToken(seq: number): number[] {
  return Array.from({ length: seq }, (_, i) => (i === 0 ? 1 : 0));
}

/**
 * Shares of a layer's outputs as shares of its inputs: a row times the mean of the heads.
 *
 * @param probs [heads, seq, seq]
 * @param kept the share that stays where it is, by the residual connection.
 */
function through(row: readonly number[], probs: Float32Array, kept: number): number[] {
  const seq = row.length;
  const heads = probs.length / (seq * seq);
  const shares = row.map((share) => kept * share);
  for (let head = 0; head < heads; head++) {
    for (const [from, share] of row.entries()) {
      const factor = ((1 - kept) * share) / heads;
      const start = (head * seq + from) * seq;
      for (let to = 0; share !== 0 && to < seq; to++) {
        shares[to] = (shares[to] as number) + factor * (probs[start + to] as number);
      }
    }
  }
  return shares;
}
