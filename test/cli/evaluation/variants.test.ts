import { expect, test } from 'vitest';
import { parseVariants } from '../../../dist/cli/evaluation/variants.js';
import type { RunOptions } from '../../../dist/cli/options.js';

const options = {
  backend: 'auto',
  dtype: 'float32',
  maxLength: 512,
  truncation: 'longest_first',
} as RunOptions;

test.each([
  ['int8', { dtype: 'int8' }],
  ['wasm', { backend: 'wasm' }],
  ['256', { maxLength: 256 }],
  ['only_second', { truncation: 'only_second' }],
  ['left', { truncationSide: 'left' }],
  ['owner/name@v1', { model: 'owner/name@v1' }],
  ['./folder', { model: './folder' }],
  ['wasm+128 + ./folder', { backend: 'wasm', maxLength: 128, model: './folder' }],
])('the variant %j', (name, change) => {
  expect(parseVariants([name], options)).toEqual([{ name, options: { ...options, ...change } }]);
});

test.each(['', 'int8+', '+'])('the variant %j is refused', (name) => {
  expect(() => parseVariants([name], options)).toThrow(
    '--compare has an empty variant; one is a model, backend',
  );
});
