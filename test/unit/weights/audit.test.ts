import { describe, expect, it } from 'vitest';
import { WeightFormatError, WeightNotFoundError, WeightShapeError } from '../../../src/errors.js';
import { auditTensors, type FoundTensor, IGNORED_TENSORS } from '../../../src/weights/audit.js';
import type { Dtype } from '../../../src/weights/dtype.js';

const EXPECTED = new Map<string, readonly number[]>([
  ['classifier.out_proj.bias', [1]],
  ['roberta.embeddings.LayerNorm.weight', [24]],
  ['roberta.encoder.layer.0.output.dense.weight', [24, 40]],
]);

function tensor(shape: readonly number[], dtype: Dtype = 'F16', file = 'model.safetensors'): FoundTensor {
  return { shape, dtype, file };
}

function found(changes: Readonly<Record<string, FoundTensor | undefined>> = {}): Map<string, FoundTensor> {
  const tensors = new Map([...EXPECTED].map(([name, shape]) => [name, tensor(shape)]));
  for (const [name, change] of Object.entries(changes)) {
    if (change === undefined) tensors.delete(name);
    else tensors.set(name, change);
  }
  return tensors;
}

function errorOf<T extends Error>(
  type: new (...args: never[]) => T,
  tensors: ReadonlyMap<string, FoundTensor>,
): T {
  try {
    auditTensors(EXPECTED, tensors, 'mini/model.safetensors');
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('auditTensors', () => {
  it('accepts exactly what is expected, in each loadable dtype', () => {
    for (const dtype of ['F32', 'F16', 'BF16'] as const) {
      auditTensors(EXPECTED, found({ 'classifier.out_proj.bias': tensor([1], dtype) }));
    }
  });

  it('ignores what the reference ignores, whatever its dtype', () => {
    expect([...IGNORED_TENSORS.keys()]).toEqual([
      'roberta.embeddings.position_ids',
      'roberta.embeddings.token_type_ids',
      'roberta.pooler.dense.weight',
      'roberta.pooler.dense.bias',
    ]);
    const buffers = [...IGNORED_TENSORS.keys()].map((name) => [name, tensor([1, 514], 'I64')] as const);
    auditTensors(EXPECTED, found(Object.fromEntries(buffers)));
  });

  it('lists all that is missing and all that is unexpected in one error, with close names', () => {
    const error = errorOf(
      WeightNotFoundError,
      found({
        'roberta.embeddings.LayerNorm.weight': undefined,
        'roberta.embeddings.LayerNorm.gamma': tensor([24]),
        'roberta.encoder.layer.0.output.dense.weight': undefined,
        'encoder.layer.0.output.dense.weight': tensor([24, 40]),
        stranger: tensor([1]),
      }),
    );
    expect(error.missing).toEqual([
      'roberta.embeddings.LayerNorm.weight',
      'roberta.encoder.layer.0.output.dense.weight',
    ]);
    expect(error.unexpected).toEqual([
      'roberta.embeddings.LayerNorm.gamma',
      'encoder.layer.0.output.dense.weight',
      'stranger',
    ]);
    expect(error.message).toBe(
      'mini/model.safetensors does not have exactly the tensors that config.json asks for. ' +
        'Missing (2): "roberta.embeddings.LayerNorm.weight" (close: "roberta.embeddings.LayerNorm.gamma"), ' +
        '"roberta.encoder.layer.0.output.dense.weight" (close: "encoder.layer.0.output.dense.weight"). ' +
        'Unexpected (3): "roberta.embeddings.LayerNorm.gamma", "encoder.layer.0.output.dense.weight", "stranger".',
    );
  });

  it('reports only what is left over when nothing is missing', () => {
    const error = errorOf(
      WeightNotFoundError,
      found({ 'roberta.encoder.layer.1.output.dense.bias': tensor([24]) }),
    );
    expect(error.missing).toEqual([]);
    expect(error.message).not.toContain('Missing');
    expect(error.message).toContain('Unexpected (1): "roberta.encoder.layer.1.output.dense.bias".');
  });

  it('says so briefly when the checkpoint is of another model', () => {
    const error = errorOf(WeightNotFoundError, new Map([['bert.pooler.dense.bias', tensor([2])]]));
    expect(error.missing).toHaveLength(3);
    expect(error.message).toBe(
      'mini/model.safetensors has none of the 3 tensors that config.json asks for: it is of another model. ' +
        'Asked for: "classifier.out_proj.bias", "roberta.embeddings.LayerNorm.weight", ' +
        '"roberta.encoder.layer.0.output.dense.weight". It has 1: "bert.pooler.dense.bias".',
    );
    expect(errorOf(WeightNotFoundError, new Map()).message).toMatch(/It has none at all\.$/);
  });

  it('cuts the lists in the message, not in the fields', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`more.${i}`, tensor([1])]));
    const error = errorOf(WeightNotFoundError, found(many));
    expect(error.unexpected).toHaveLength(500);
    expect(error.message).toContain('"more.9" and 490 more.');
    expect(error.message.length).toBeLessThan(500);
  });

  it('names the first shape that differs, and the others', () => {
    const one = errorOf(
      WeightShapeError,
      found({
        'roberta.encoder.layer.0.output.dense.weight': tensor([24, 39], 'F16', 'model-2.safetensors'),
      }),
    );
    expect(one.message).toBe(
      'Tensor "roberta.encoder.layer.0.output.dense.weight" in model-2.safetensors has shape [24, 39]; ' +
        'config.json asks for [24, 40]. Checkpoint and config are not of the same model.',
    );
    expect([one.tensor, one.expected, one.got]).toEqual([
      'roberta.encoder.layer.0.output.dense.weight',
      [24, 40],
      [24, 39],
    ]);

    const two = errorOf(
      WeightShapeError,
      found({
        'classifier.out_proj.bias': tensor([]),
        'roberta.encoder.layer.0.output.dense.weight': tensor([40, 24]),
      }),
    );
    expect(two.tensor).toBe('classifier.out_proj.bias');
    expect(two.message).toContain(
      'Other shapes that differ (1): "roberta.encoder.layer.0.output.dense.weight" [40, 24] instead of [24, 40].',
    );
  });

  it('tells a shape from a longer one that begins the same', () => {
    const error = errorOf(WeightShapeError, found({ 'classifier.out_proj.bias': tensor([1, 1]) }));
    expect(error.message).toContain('has shape [1, 1]; config.json asks for [1].');
  });

  it('refuses a dtype that cannot be loaded', () => {
    const error = errorOf(
      WeightFormatError,
      found({ 'classifier.out_proj.bias': tensor([1], 'I64', 'a.safetensors') }),
    );
    expect(error.file).toBe('a.safetensors');
    expect(error.message).toBe(
      'Tensor "classifier.out_proj.bias" in a.safetensors is I64; a weight can be F32, F16, BF16. ' +
        'Save the model in one of them.',
    );
  });

  // Comparing each name with each would take hours.
  it('ends with a hostile number of names', () => {
    const expected = new Map(
      Array.from({ length: 400 }, (_, i) => [`roberta.encoder.layer.${i}.weight`, [1]]),
    );
    const names = Array.from({ length: 100_000 }, (_, i) => `roberta.encoder.layer.x${i}.weigth`);
    const tensors = new Map([...names, 'roberta.encoder.layer.0.weight'].map((name) => [name, tensor([1])]));
    expect(() => auditTensors(expected, tensors)).toThrow(/Missing \(399\).*and 389 more/);
  });
});
