import { InternalError } from '../../errors/errors.js';
import type { PlacedToken } from '../../tokenizer/tokenized.js';
import type { TracedPair } from '../trace/traced.js';

/** A matrix on the host, row-major. */
export interface Matrix {
  readonly shape: readonly [rows: number, columns: number];
  readonly data: Float32Array;
}

/** The pattern of the activations that {@link PairAttention} needs. */
export const ATTENTION_PROBS = 'encoder.layer.*.attention.self.probs';

/**
 * The attention of one pair: softmax(Q K^T / sqrt(headDim)) of every layer and head. Row i is the distribution of token
 * i's attention and sums to 1. Layers, heads and tokens count from 0.
 */
export class PairAttention {
  readonly tokens: readonly PlacedToken[];
  readonly layers: number;
  readonly heads: number;
  /** By layer, [heads, seq, seq]. */
  private readonly probs: readonly Float32Array[];

  /** @param traced a pair whose {@link ATTENTION_PROBS} were traced. */
  constructor(traced: Pick<TracedPair, 'tokens' | 'activations'>) {
    const probs = [...traced.activations.values()].filter(({ name }) =>
      name.endsWith('.attention.self.probs'),
    );
    this.tokens = traced.tokens;
    this.layers = probs.length;
    this.heads = probs[0]?.shape[0] ?? 0;
    this.probs = probs.map(({ data }) => data);
  }

  /** One head's map, [seq, seq]: a view. */
  map(layer: number, head: number): Matrix {
    const seq = this.tokens.length;
    const data = this.probs[layer]?.subarray(head * seq * seq, (head + 1) * seq * seq);
    if (data?.length !== seq * seq || seq === 0) {
      throw new InternalError(
        `There is no head ${head} of layer ${layer}: ${this.layers} layers of ${this.heads} heads were traced.`,
      );
    }
    return { shape: [seq, seq], data };
  }

  /** The mean of a layer's heads, [seq, seq]. */
  meanOfHeads(layer: number): Matrix {
    const seq = this.tokens.length;
    const data = new Float32Array(seq * seq);
    for (let head = 0; head < this.heads; head++) {
      for (const [i, p] of this.map(layer, head).data.entries()) {
        data[i] = (data[i] as number) + p / this.heads;
      }
    }
    return { shape: [seq, seq], data };
  }

  /** Attention from the query's tokens to the document's, [query tokens, document tokens]; rows do not sum to 1. */
  queryToDocument(layer: number, head: number): Matrix {
    return this.block(layer, head, 'query', 'document');
  }

  /** The part of a head's map from one text's tokens to another's. */
  block(layer: number, head: number, from: PlacedToken['part'], to: PlacedToken['part']): Matrix {
    const { data } = this.map(layer, head);
    const rows = positionsOf(this.tokens, from);
    const columns = positionsOf(this.tokens, to);
    const seq = this.tokens.length;
    return {
      shape: [rows.length, columns.length],
      data: Float32Array.from(rows.flatMap((i) => columns.map((j) => data[i * seq + j] as number))),
    };
  }

  /** How widely each token's attention is spread: -sum p ln p of its row, [seq], in nats; at most ln(seq). */
  entropy(layer: number, head: number): Float32Array {
    const seq = this.tokens.length;
    const { data } = this.map(layer, head);
    const entropies = new Float64Array(seq);
    for (const [i, p] of data.entries()) {
      const row = Math.floor(i / seq);
      entropies[row] = (entropies[row] as number) - (p > 0 ? p * Math.log(p) : 0);
    }
    return Float32Array.from(entropies);
  }

  /**
   * Attention followed through the layers: R_l = A_l R_(l-1) with A_l = (mean of heads + I) / 2, R_(-1) = I; the
   * identity stands for the residual. Row i of the last matrix is an estimate of how much each input token contributes
   * to token i; rows sum to 1.
   *
   * Source: Abnar and Zuidema 2020, Quantifying Attention Flow in Transformers, section 3, https://arxiv.org/abs/2005.00928
   *
   * @returns by layer, [seq, seq] each.
   */
  rollout(): Matrix[] {
    const seq = this.tokens.length;
    const rollouts: Matrix[] = [];
    for (let layer = 0; layer < this.layers; layer++) {
      const { data } = this.meanOfHeads(layer);
      for (let i = 0; i < seq; i++) {
        data[i * seq + i] = (data[i * seq + i] as number) + 1;
      }
      const step = data.map((value) => value / 2);
      const before = rollouts.at(-1)?.data;
      rollouts.push({ shape: [seq, seq], data: before === undefined ? step : multiply(step, before, seq) });
    }
    return rollouts;
  }
}

/** The positions of the query's, the document's or the special tokens. */
export function positionsOf(tokens: readonly PlacedToken[], part: PlacedToken['part']): number[] {
  return tokens.flatMap((token, i) => (token.part === part ? [i] : []));
}

/** a b, both [size, size]. */
function multiply(a: Float32Array, b: Float32Array, size: number): Float32Array {
  const product = new Float32Array(size * size);
  const row = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    row.fill(0);
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k] as number;
      for (let j = 0; j < size; j++) {
        row[j] = (row[j] as number) + factor * (b[k * size + j] as number);
      }
    }
    product.set(row, i * size);
  }
  return product;
}
