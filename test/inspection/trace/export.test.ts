import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ModelInfo } from '../../../dist/engine/types.js';
import { exportTrace } from '../../../dist/inspection/trace/export.js';
import { encodeNpy } from '../../../dist/inspection/trace/npy.js';
import type { TracedActivation, TracedPair } from '../../../dist/inspection/trace/traced.js';
import { readTensors } from '../../support/fixtures.js';

const INFO = { model: 'some', dtype: 'float32' } as ModelInfo;
const activation = (name: TracedActivation['name'], shape: number[], values: number[]): TracedActivation => ({
  name,
  dimensions: shape.length === 1 ? ['hidden'] : ['seq', 'hidden'],
  shape,
  data: Float32Array.from(values),
});
const pair = (...activations: TracedActivation[]): TracedPair => ({
  query: 'q',
  document: 'd “é”',
  tokens: [{ id: 0, piece: '<s>', part: 'special', start: 0, end: 0 }],
  logits: [1.5],
  activations: new Map(activations.map((each) => [each.name, each])),
});
const tanh = activation('classifier.tanh', [3], [0.1, -1, 2 ** -30]);
const norm = activation('embeddings.LayerNorm', [2, 3], [1, 2, 3, 4, 5, 6]);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tfjs-reranker-'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  [[3], '(3,)'],
  [[2, 3], '(2, 3)'],
  [[1, 2, 3], '(1, 2, 3)'],
])('.npy of shape %j: version 1.0, aligned, little-endian', (shape, tuple) => {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 0.5);
  const bytes = Buffer.concat(encodeNpy(shape, data));
  expect([...bytes.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const start = 10 + bytes.readUInt16LE(8);
  expect(start % 64).toBe(0);
  expect(bytes.toString('latin1', 10, start)).toMatch(/^\{'descr': '<f4', 'fortran_order': False, .*\} *\n$/);
  expect(bytes.toString('latin1', 10, start)).toContain(`'shape': ${tuple}, }`);
  expect(bytes.readFloatLE(start)).toBe(0.5);
  expect(bytes.length).toBe(start + 4 * data.length);
});

test('.safetensors: plain names for one pair, numbered ones for several, with the tokens', async () => {
  const file = path.join(folder, 'one.safetensors');
  expect(await exportTrace(file, [pair(norm, tanh)], INFO)).toEqual([file]);
  const tensors = await readTensors(file);
  expect([...tensors.keys()]).toEqual(['embeddings.LayerNorm', 'classifier.tanh']);
  expect(tensors.get('embeddings.LayerNorm')).toEqual({ shape: [2, 3], values: norm.data });
  const bytes = await readFile(file);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
  expect(JSON.parse(header.__metadata__.pairs)).toMatchObject([
    { document: 'd “é”', logits: [1.5], tokens: [{ piece: '<s>' }] },
  ]);

  await exportTrace(file, [pair(tanh), pair(tanh)], INFO);
  expect([...(await readTensors(file)).keys()]).toEqual([
    'pairs.0.classifier.tanh',
    'pairs.1.classifier.tanh',
  ]);
});

test('.json has every value, to the last bit', async () => {
  const file = path.join(folder, 'deep/er/one.JSON');
  await exportTrace(file, [pair(tanh)], INFO);
  const { pairs } = JSON.parse(await readFile(file, 'utf8'));
  const { dimensions, shape, data } = pairs[0].activations['classifier.tanh'];
  expect({ dimensions, shape, data: Float32Array.from(data) }).toEqual({
    dimensions: ['hidden'],
    shape: [3],
    data: tanh.data,
  });
});

test('a folder has a .npy for each activation; a .npy holds only one', async () => {
  const target = path.join(folder, 'arrays');
  const files = await exportTrace(target, [pair(norm, tanh)], INFO);
  expect(files.map((file) => path.basename(file))).toEqual([
    'pairs.json',
    'embeddings.LayerNorm.npy',
    'classifier.tanh.npy',
  ]);
  expect((await readdir(target)).sort()).toEqual([
    'classifier.tanh.npy',
    'embeddings.LayerNorm.npy',
    'pairs.json',
  ]);
  await expect(exportTrace(path.join(folder, 'x.npy'), [pair(norm, tanh)], INFO)).rejects.toThrow(
    '2 were traced',
  );
  await expect(exportTrace(path.join(folder, 'x.npy'), [pair()], INFO)).rejects.toThrow('0 were traced');
});

test('a failed write is an error, and leaves nothing', async () => {
  const file = path.join(folder, 'one.safetensors', 'below-a-file.json');
  await expect(exportTrace(file, [pair(tanh)], INFO)).rejects.toThrow(`${file} cannot be written`);
  expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
