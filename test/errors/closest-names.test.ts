import { describe, expect, it } from 'vitest';
import { closestNames } from '../../dist/errors/closest-names.js';

describe('closestNames', () => {
  it.each<[string, string, readonly string[], readonly string[]]>([
    ['another prefix', 'roberta.encoder.bias', ['xlm.other', 'encoder.bias'], ['encoder.bias']],
    ['a prefix more', 'encoder.bias', ['model.encoder.bias'], ['model.encoder.bias']],
    ['an edit away', 'layer.0.dense.bias', ['layer.0.denes.bias'], ['layer.0.denes.bias']],
    [
      'the nearest first',
      'layer.0.dense',
      ['layer.0.densxxx', 'layer.0.dens'],
      ['layer.0.dens', 'layer.0.densxxx'],
    ],
    ['at most two', 'layer.00', ['layer.01', 'layer.02', 'layer.03'], ['layer.01', 'layer.02']],
    ['nothing far', 'classifier.dense.weight', ['bert.pooler.dense.bias', 'x'], []],
    ['nothing for a last word alone', 'classifier.dense.bias', ['bias', 'dense'], []],
    ['nothing half equal in a short name', 'abc', ['abz', 'xyz'], ['abz']],
    ['nothing longer than a name is', 'a.b', [`${'x'.repeat(1e6)}.a.b`], []],
  ])('finds %s', (_, name, candidates, close) => {
    expect(closestNames(name, candidates)).toEqual(close);
  });
});
