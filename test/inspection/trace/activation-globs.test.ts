import { expect, test } from 'vitest';
import { InputError } from '../../../dist/errors/errors.js';
import { selectActivations } from '../../../dist/inspection/trace/activation-globs.js';
import { listActivations } from '../../../dist/model/activation-names.js';

const config = { numHiddenLayers: 12 };
const select = (...globs: string[]) => selectActivations(globs, config).map(({ name }) => name);

test('a name matches itself; a star stays within one part of a name, two stars do not', () => {
  expect(select('classifier.tanh')).toEqual(['classifier.tanh']);
  expect(select('encoder.layer.*.attention.self.probs')).toEqual(
    Array.from({ length: 12 }, (_, i) => `encoder.layer.${i}.attention.self.probs`),
  );
  expect(select('encoder.layer.*.output.LayerNorm')).toHaveLength(12); // and not attention.output.LayerNorm
  expect(select('encoder.layer.1*.output.dense')).toEqual([
    'encoder.layer.1.output.dense',
    'encoder.layer.10.output.dense',
    'encoder.layer.11.output.dense',
  ]);
  expect(select('encoder.layer.11.**')).toHaveLength(12);
  expect(select('**')).toEqual(listActivations(config).map(({ name }) => name));
});

test('several patterns: each activation once, in the order of the forward pass', () => {
  expect(select('classifier.*', 'embeddings.LayerNorm', 'classifier.tanh')).toEqual([
    'embeddings.LayerNorm',
    'classifier.dense',
    'classifier.tanh',
    'classifier.out_proj',
  ]);
  expect(select()).toEqual([]);
});

test.each([
  ['encoder.layer.*.attention.self.prob', 'Near: encoder.layer.*.attention.self.probs'],
  ['encoder.layer.12.output.dense', 'in this model of 12 layers. Near: encoder.layer.1'],
  ['attention.self.probs', 'Near: encoder.layer.0.attention.self.probs'],
  ['embeddings.layernorm', 'Near: embeddings.LayerNorm'],
  ['embeddings.*x', 'No activation is called "embeddings.*x"'],
  ['a(b', 'Names are paths such as "encoder.layer.0.attention.self.probs"'],
  ['embeddings.Layer?orm', 'Near: embeddings.LayerNorm'],
  ['', 'No activation is called ""'],
])('%j matches nothing, and the error lists similar names', (glob, message) => {
  const failing = () => select('classifier.tanh', glob);
  expect(failing).toThrow(InputError);
  expect(failing).toThrow(message);
});
