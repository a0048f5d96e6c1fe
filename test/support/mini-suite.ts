import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../dist/engine/model.js';
import { openModel } from '../../dist/engine/open.js';
import type { Backend } from '../../dist/kernels/names.js';
import { compareWithGolden, type ParityReport } from '../../dist/parity/compare.js';
import { type Golden, parseGolden } from '../../dist/parity/golden.js';
import { MINI } from './fixtures.js';
import { few } from './wide.js';

/**
 * Parity of the embedded model with PyTorch on real text, on one backend.
 *
 * @param pairs number of pairs, the shortest first; fewer for slow backends. A run that is not wide takes 12 of them.
 *   `verify` takes all of them in every run (test/cli/commands/verify.test.ts).
 */
export function describeMiniParity(backend: Backend, pairs: number): void {
  describe(`mini-en-zh on ${backend}, ${pairs} pairs`, () => {
    let scorer: Model;
    let golden: Golden;
    beforeAll(async () => {
      const file = path.join(MINI, 'reference.json');
      const whole = parseGolden(await readFile(file, 'utf8'), file);
      const shortest = [...whole.pairs].sort((a, b) => a.inputIds.length - b.inputIds.length).slice(0, pairs);
      golden = { ...whole, pairs: [...few(shortest, Math.min(pairs, 12))] };
      expect(golden.pairs.length).toBeGreaterThanOrEqual(Math.min(pairs, 12));
      scorer = await openModel(MINI, { backend });
    }, 600_000);
    afterAll(() => scorer?.dispose());

    test('all pairs in batches', async () => {
      const before = memory().numTensors;
      const logits = await scorer.score(golden.pairs.map(({ input }) => input as NonNullable<typeof input>));
      expect(memory().numTensors).toBe(before);
      check(logits.map((pair) => pair.logits));
    }, 1_200_000);

    test('the shorter half, one pair at a time: no neighbour, no padding', async () => {
      const half = golden.pairs.slice(0, Math.ceil(golden.pairs.length / 2));
      const alone: number[][] = [];
      for (const { inputIds } of half) {
        alone.push(...(await scorer.scoreSequences([inputIds])));
      }
      check(alone, { ...golden, pairs: half });
    }, 1_200_000);

    /** At most twice as far from float64 as PyTorch's own float32; equal ids; same order. */
    function check(logits: readonly (readonly number[])[], reference = golden): void {
      const ids = scorer.encodeIds(reference.pairs.map(({ input }) => input as NonNullable<typeof input>));
      const report: ParityReport = compareWithGolden(reference, logits, ids);
      const noise = golden.provenance.float64_noise as number;
      expect(report.idMismatches).toEqual([]);
      expect(report.orderChanges).toEqual([]);
      expect(report.fromFloat64?.max).toBeLessThanOrEqual(2 * noise);
      expect(report.passed).toBe(true);
    }
  });
}
