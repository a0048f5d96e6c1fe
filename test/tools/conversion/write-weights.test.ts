import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { InputError } from '../../../dist/errors/errors.js';
import { writeWeights } from '../../../dist/tools/conversion/write-weights.js';
import { openCheckpoint } from '../../../dist/weights/checkpoint.js';
import { memoryCheckpoint } from '../../support/memory-checkpoint.js';
import { temporaryFolder } from '../../support/tiny-model.js';

const PLAN = { dtype: undefined, keptIds: undefined, maxShardBytes: undefined };

test('a value too large for F16 names its tensor; BF16 takes it', async () => {
  const checkpoint = memoryCheckpoint({ 'a.weight': { shape: [2], values: [1, -70_000] } });
  const written = writeWeights(checkpoint, temporaryFolder(), { ...PLAN, dtype: 'F16' });
  await expect(written).rejects.toThrow(InputError);
  await expect(written).rejects.toThrow(/"a\.weight".*-70000.*BF16/);
  expect(await writeWeights(checkpoint, temporaryFolder(), { ...PLAN, dtype: 'BF16' })).toBe(4);
});

test('only the word table loses rows, with any prefix of its name', async () => {
  const values = [0, 1, 2, 3, 4, 5];
  const checkpoint = memoryCheckpoint({
    'model.embeddings.word_embeddings.weight': { shape: [3, 2], values },
    'model.embeddings.position_embeddings.weight': { shape: [3, 2], values },
    scalar: { shape: [], values: [7] },
    nothing: { shape: [0, 2], values: [] },
  });
  const folder = temporaryFolder();
  const progress: number[] = [];
  const plan = { ...PLAN, keptIds: Int32Array.of(0, 2), maxShardBytes: 24 };
  expect(await writeWeights(checkpoint, folder, plan, (written) => progress.push(written))).toBe(44);
  expect(progress.at(-1)).toBe(44);
  expect(readdirSync(folder).filter((name) => name.endsWith('.safetensors'))).toHaveLength(3);
  const written = await openCheckpoint(folder);
  const table = await written.read('model.embeddings.word_embeddings.weight');
  expect([...new Float32Array(table.buffer)]).toEqual([0, 1, 4, 5]);
  expect(written.entries.get('model.embeddings.position_embeddings.weight')?.shape).toEqual([3, 2]);
  expect(written.entries.get('nothing')?.shape).toEqual([0, 2]);
  await written.close();
});
