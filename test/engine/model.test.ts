import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openModel } from '../../dist/engine/open.js';
import { WeightFormatError } from '../../dist/errors/errors.js';
import { tinyModel } from '../support/tiny-model.js';

const NAMES = ['classifier.out_proj.weight', 'roberta.embeddings.LayerNorm.bias'];

test('a loaded model reads weights without reading the header of its file again', async () => {
  const folder = tinyModel();
  const model = await openModel(folder, { backend: 'cpu' });
  const before = await model.readWeights(NAMES);
  const weights = path.join(folder, 'model.safetensors');
  const file = openSync(weights, 'r+');
  writeSync(file, new Uint8Array(64).fill(0xff), 0, 64, 0); // no reader gets past this
  closeSync(file);
  expect(await model.readWeights(NAMES)).toEqual(before);
  await expect(openModel(folder, { backend: 'cpu' })).rejects.toThrow(WeightFormatError);
  truncateSync(weights, 1000);
  await expect(model.readWeights(NAMES)).rejects.toThrow(
    /has 1000 bytes, and had \d+ when the model was loaded/,
  );
  model.dispose();
});
