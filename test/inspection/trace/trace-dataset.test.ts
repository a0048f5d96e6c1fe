import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type DatasetIndex,
  type DatasetPair,
  type DatasetTraceOptions,
  Inspector,
} from '../../../dist/inspection/index.js';
import { readTensors } from '../../support/fixtures.js';
import { writeTinyModel } from '../../support/tiny-model.js';

const NAMES = ['encoder.layer.*.output.LayerNorm', 'classifier.tanh'];
const PAIRS: DatasetPair[] = Array.from({ length: 7 }, (_, i) => ({
  ...(i % 2 === 0 ? { id: `no ${i}` } : {}),
  query: `a ${i}`,
  document: 'the end '.repeat(i),
}));

let root: string;
let inspector: Inspector;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'tfjs-reranker-'));
  inspector = await Inspector.load(writeTinyModel(root), { backend: 'cpu' });
});
afterAll(async () => {
  inspector?.dispose();
  await rm(root, { recursive: true });
});

let folders = 0;
const newFolder = (): string => path.join(root, `out-${folders++}`);
const run = (
  folder: string,
  pairs: AsyncIterable<DatasetPair> | Iterable<DatasetPair> = PAIRS,
  options: Partial<DatasetTraceOptions> = {},
): Promise<DatasetIndex> =>
  inspector.traceDataset(pairs, { folder, names: NAMES, pool: 'first', shardPairs: 3, ...options });
const writtenAt = async (folder: string): Promise<number[]> =>
  Promise.all(
    (await readdir(folder)).sort().map(async (name) => (await stat(path.join(folder, name))).mtimeMs),
  );

test.each(['first', 'mean'] as const)('shards hold the pooled activations of each pair: %s', async (pool) => {
  const folder = newFolder();
  const index = await run(folder, PAIRS, { pool });
  expect(JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8'))).toEqual(index);
  expect((await readdir(folder)).sort()).toEqual([
    'index.json',
    ...[0, 1, 2].map((i) => `shard-0000${i}.safetensors`),
  ]);
  expect(index).toMatchObject({ pairs: 7, complete: true, settings: { pool, shard_pairs: 3 } });
  expect(index.activations).toEqual(
    ['encoder.layer.0.output.LayerNorm', 'encoder.layer.1.output.LayerNorm', 'classifier.tanh'].map(
      (name) => ({ name, shape: [24] }),
    ),
  );
  expect(index.shards.map(({ first, pairs, ids }) => ({ first, pairs, ids }))).toEqual([
    { first: 0, pairs: 3, ids: ['no 0', 1, 'no 2'] },
    { first: 3, pairs: 3, ids: [3, 'no 4', 5] },
    { first: 6, pairs: 1, ids: ['no 6'] },
  ]);
  const traced = await inspector.trace(PAIRS, { names: NAMES });
  for (const { file, first, pairs } of index.shards) {
    const tensors = await readTensors(path.join(folder, file));
    for (const { name, shape } of index.activations) {
      const { values, shape: stored } = tensors.get(name) as { values: ArrayLike<number>; shape: number[] };
      expect(stored).toEqual([pairs, ...shape]);
      for (let row = 0; row < pairs; row++) {
        const data = traced[first + row]?.activations.get(name)?.data as Float32Array;
        for (let c = 0; c < 24; c++) {
          const column = data.filter((_, i) => i % 24 === c);
          const expected =
            pool === 'first' ? (column[0] as number) : column.reduce((a, b) => a + b) / column.length;
          expect(values[row * 24 + c]).toBeCloseTo(expected, 5);
        }
      }
    }
  }
});

test('an interrupted run leaves complete shards, and the next one continues after them', async () => {
  const folder = newFolder();
  const idle = memory().numTensors;
  async function* failing(): AsyncGenerator<DatasetPair> {
    yield* PAIRS.slice(0, 5);
    throw new Error('the line broke');
  }
  await expect(run(folder, failing())).rejects.toThrow('the line broke');
  const between = JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8')) as DatasetIndex;
  expect(between).toMatchObject({ pairs: 3, complete: false });
  const [, firstShard] = await writtenAt(folder);

  // A shard that was being written when the machine stopped does not count.
  await writeFile(path.join(folder, 'shard-00001.safetensors.1a2b3c4d.tmp'), 'half');
  const progress: number[][] = [];
  const done = await run(folder, PAIRS, {
    onProgress: ({ pairs, pairsBefore }) => progress.push([pairs, pairsBefore]),
  });
  expect(progress).toEqual([
    [3, 3],
    [6, 3],
    [7, 3],
  ]);
  expect((await writtenAt(folder))[1]).toBe(firstShard);
  expect(done).toEqual(await run(newFolder()));

  const before = await writtenAt(folder);
  expect(await run(folder)).toEqual(done); // complete: checked, but not written
  expect(await writtenAt(folder)).toEqual(before);
  expect(memory().numTensors).toBe(idle);
});

test('other settings and other pairs are refused, and the existing shards stay', async () => {
  const folder = newFolder();
  await run(folder);
  const before = await writtenAt(folder);
  await expect(run(folder, PAIRS, { pool: 'mean' })).rejects.toThrow(
    'pool was first and is mean. Use the same',
  );
  await expect(run(folder, PAIRS, { names: 'classifier.tanh', shardPairs: 2 })).rejects.toThrow(
    /names was 3 activations .* and is 1 activations .*; shard_pairs was 3 and is 2/,
  );
  const changed = PAIRS.map((pair, i) => (i === 4 ? { ...pair, document: 'other' } : pair));
  await expect(run(folder, changed)).rejects.toThrow(
    /shard-00001\.safetensors was made from other pairs .* from pair 3 on/,
  );
  await expect(run(folder, PAIRS.slice(0, 6))).rejects.toThrow('holds 7 pairs but the input has only 6');
  await expect(run(folder, [...PAIRS, { query: 'q', document: 'd' }])).rejects.toThrow('from pair 6 on');
  expect(await writtenAt(folder)).toEqual(before);

  await writeFile(path.join(folder, 'index.json'), '{"format": "mine"}');
  await expect(run(folder)).rejects.toThrow('is not the index of a traced data set');
});

test('activations that cannot be pooled, and shards of no pairs, are refused before anything is written', async () => {
  const folder = newFolder();
  await expect(run(folder, PAIRS, { names: '**' })).rejects.toThrow(
    '"encoder.layer.0.attention.self.scores" is [batch, heads, seq, seq]: it has no row per token',
  );
  await expect(run(folder, PAIRS, { shardPairs: 0 })).rejects.toThrow('positive integer');
  await expect(readdir(folder)).rejects.toThrow('ENOENT');
  expect(await run(folder, [])).toMatchObject({ pairs: 0, shards: [], complete: true });
});
