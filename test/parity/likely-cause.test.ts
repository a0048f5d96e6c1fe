import { expect, test } from 'vitest';
import { type ActivationName, listActivations } from '../../dist/model/activations.js';
import { likelyCause } from '../../dist/parity/likely-cause.js';

const expected = [1, 2, 3, 4, 5, 6, 7, 8];

function cause(
  actual: readonly number[],
  name: ActivationName = 'encoder.layer.3.attention.self.scores',
): string {
  return likelyCause({ name, expected, actual, rowSize: 2, allowed: 1e-6 });
}

test('causes by the name of the activation, and by the pattern of the numbers', () => {
  expect(cause(expected.map((value) => value * 8))).toMatch(
    /sqrt\(headDim\).*All values are 8\.000 times the reference's$/,
  );
  expect(cause(expected.map(() => 0))).toMatch(/All values are zero$/);
  expect(cause(expected.map((value, i) => value + (i % 2)))).toMatch(/Every row is off by the same numbers/);
  expect(cause([1, 2, 3, 4, 0, 0, 9, 8])).toMatch(/2 of 4 rows are off, the first is row 2$/);
  expect(cause([1, 2, 3, Number.NaN, 5, 6, 7, 8])).toMatch(/Some values are not finite$/);
});

test('numbers without a pattern give the cause by name alone', () => {
  const name = 'encoder.layer.0.intermediate.activation';
  expect(cause([3, 1, 9, 0, 2, 8, 1, 1], name)).toBe('the GELU: by erf in the reference, not by tanh');
});

test('every activation of the model has a likely cause', () => {
  for (const { name } of listActivations({ numHiddenLayers: 2 })) {
    expect(cause([3, 1, 9, 0, 2, 8, 1, 1], name)).not.toBe(name);
  }
});
