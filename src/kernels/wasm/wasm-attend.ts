import { type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { AttentionKernel } from '../kernels.js';
import { MAX_SCORES } from '../query-blocks.js';
import type { Team } from './wasm-team.js';

/** Queries whose scores are held at once: with 512 keys they take 128 KiB, which stays in the cache. */
const ROWS_AT_ONCE = 64;

/**
 * softmax(Q K^T) V head by head, by assembly/attention.ts. Keys that are padding are left out instead of masked. Not
 * differentiable.
 */
export function attendByAssembly(team: Team): AttentionKernel {
  const { assembly, tensors, threads } = team;
  return (projected, shape, maxScores = MAX_SCORES) => {
    const { batch, seq, queries, heads, headDim, lengths } = shape;
    const rows = Math.min(queries, ROWS_AT_ONCE, Math.max(1, Math.floor(maxScores / seq)));
    return tidy(() => {
      const output = tensors.empty<Tensor2D>([batch * queries, heads * headDim]);
      const [from, to] = [tensors.addressOf(projected), tensors.addressOf(output)];
      team.withIntegers(lengths, (counts) =>
        team.withScratch(assembly.attentionSpace(rows, seq, headDim, threads), (scratch) =>
          team.run(
            assembly.planAttention(
              ...([from, counts, batch, seq, queries, heads, headDim, rows, to, scratch] as const),
            ),
          ),
        ),
      );
      return output;
    });
  };
}
