import { describe, expect, it } from 'vitest';
import { WeightFormatError, WeightNotFoundError, WeightShapeError } from '../../dist/errors/errors.js';
import {
  auditTensors,
  describeLeftovers,
  type FoundTensor,
  IGNORED_TENSORS,
} from '../../dist/weights/audit.js';
import type { Dtype } from '../../dist/weights/format/dtype.js';

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
  it('accepts what is expected, in each loadable dtype', () => {
    for (const dtype of ['F32', 'F16', 'BF16', 'F64'] as const) {
      const audit = auditTensors(EXPECTED, found({ 'classifier.out_proj.bias': tensor([1], dtype) }));
      expect(audit).toEqual({
        names: new Map([...EXPECTED.keys()].map((name) => [name, name])),
        leftovers: [],
      });
    }
  });

  it('finds tensors without the prefix, and by the old names of LayerNorm, each independently', () => {
    const { names, leftovers } = auditTensors(
      EXPECTED,
      found({
        'roberta.embeddings.LayerNorm.weight': undefined,
        'embeddings.LayerNorm.gamma': tensor([24]),
      }),
    );
    expect(names.get('roberta.embeddings.LayerNorm.weight')).toBe('embeddings.LayerNorm.gamma');
    expect(leftovers).toEqual([]);
  });

  it('refuses a weight under two names, because one of them may be wrong', () => {
    const error = errorOf(WeightNotFoundError, found({ 'embeddings.LayerNorm.weight': tensor([24]) }));
    expect(error.message).toBe(
      'mini/model.safetensors has one weight twice, as "roberta.embeddings.LayerNorm.weight" and ' +
        '"embeddings.LayerNorm.weight". It is not clear which one is meant; remove one of them.',
    );
  });

  it.each(['model.', '_orig_mod.', 'module.model.'])('names the wrapper %s, and what to do', (prefix) => {
    for (const base of ['roberta.', '']) {
      const wrapped = [...EXPECTED].map(
        ([name, shape]) => [prefix + name.replace('roberta.', base), tensor(shape)] as const,
      );
      const error = errorOf(WeightNotFoundError, new Map(wrapped));
      expect(error.message).toMatch(
        new RegExp(`all names begin with "${prefix}", so that .* random weights\\. Save the model inside it`),
      );
    }
  });

  it('names the code that jina-reranker-v2 comes with', () => {
    const error = errorOf(
      WeightNotFoundError,
      found({
        'roberta.encoder.layer.0.output.dense.weight': undefined,
        'roberta.encoder.layers.0.mixer.Wqkv.weight': tensor([72, 24]),
      }),
    );
    expect(error.message).toMatch(
      /"roberta\.encoder\.layers\.0\.mixer\.Wqkv\.weight" belongs to code .* jina-reranker-v2/,
    );
  });

  it('ignores what the reference ignores, in any dtype', () => {
    expect([...IGNORED_TENSORS.keys()]).toEqual([
      'roberta.embeddings.position_ids',
      'roberta.embeddings.token_type_ids',
      'roberta.pooler.dense.weight',
      'roberta.pooler.dense.bias',
    ]);
    const buffers = [...IGNORED_TENSORS.keys()].map((name) => [name, tensor([1, 514], 'I64')] as const);
    expect(auditTensors(EXPECTED, found(Object.fromEntries(buffers))).leftovers).toEqual([]);
  });

  it('lists all missing and all unused tensors in one error, with similar names', () => {
    const error = errorOf(
      WeightNotFoundError,
      found({
        'roberta.embeddings.LayerNorm.weight': undefined,
        'roberta.embeddings.LayerNorm.scale': tensor([24]),
        'roberta.encoder.layer.0.output.dense.weight': undefined,
        'xlm.encoder.layer.0.output.dense.weight': tensor([24, 40]),
        stranger: tensor([1]),
      }),
    );
    expect(error.missing).toEqual([
      'roberta.embeddings.LayerNorm.weight',
      'roberta.encoder.layer.0.output.dense.weight',
    ]);
    expect(error.unexpected).toEqual([
      'roberta.embeddings.LayerNorm.scale',
      'xlm.encoder.layer.0.output.dense.weight',
      'stranger',
    ]);
    expect(error.message).toBe(
      'mini/model.safetensors does not have all tensors that config.json asks for. ' +
        'Missing (2): "roberta.embeddings.LayerNorm.weight" (close: "roberta.embeddings.LayerNorm.scale"), ' +
        '"roberta.encoder.layer.0.output.dense.weight" (close: "xlm.encoder.layer.0.output.dense.weight"). ' +
        'Not used (3): "roberta.embeddings.LayerNorm.scale", "xlm.encoder.layer.0.output.dense.weight", "stranger".',
    );
  });

  it('returns the unused tensors if nothing is missing', () => {
    const more = ['lm_head.bias', 'lm_head.decoder.weight', 'roberta.encoder.layer.1.output.dense.bias', 'x'];
    const { leftovers } = auditTensors(
      EXPECTED,
      found(Object.fromEntries(more.map((name) => [name, tensor([3], 'I64')]))),
    );
    expect(leftovers).toEqual(more);
    expect(describeLeftovers(leftovers)).toBe(
      'The checkpoint has 4 tensors that this architecture does not use: "lm_head.bias", "lm_head.decoder.weight", ' +
        '"roberta.encoder.layer.1.output.dense.bias" and 1 more. They are not read.',
    );
    expect(describeLeftovers([])).toBeUndefined();
  });

  it('says so briefly when the checkpoint is of another model', () => {
    const error = errorOf(WeightNotFoundError, new Map([['bert.pooler.dense.bias', tensor([2])]]));
    expect(error.missing).toHaveLength(3);
    expect(error.message).toBe(
      'mini/model.safetensors has none of the 3 tensors that config.json asks for: it belongs to another model. ' +
        'Asked for: "classifier.out_proj.bias", "roberta.embeddings.LayerNorm.weight", ' +
        '"roberta.encoder.layer.0.output.dense.weight". It has 1: "bert.pooler.dense.bias".',
    );
    expect(errorOf(WeightNotFoundError, new Map()).message).toMatch(/It has none at all\.$/);
  });

  it('cuts the lists in the message, not in the fields', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`more.${i}`, tensor([1])]));
    const error = errorOf(WeightNotFoundError, found({ ...many, 'classifier.out_proj.bias': undefined }));
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

  it('distinguishes a shape from a longer one with the same beginning', () => {
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
      'Tensor "classifier.out_proj.bias" in a.safetensors is I64; a weight can be F32, F16, BF16, F64. ' +
        'Save the model in one of them.',
    );
  });

  // Comparing each name with each would take hours.
  it('ends quickly with a hostile number of names', () => {
    const expected = new Map(
      Array.from({ length: 400 }, (_, i) => [`roberta.encoder.layer.${i}.weight`, [1]]),
    );
    const names = Array.from({ length: 100_000 }, (_, i) => `roberta.encoder.layer.x${i}.weigth`);
    const tensors = new Map([...names, 'roberta.encoder.layer.0.weight'].map((name) => [name, tensor([1])]));
    expect(() => auditTensors(expected, tensors)).toThrow(/Missing \(399\).*and 389 more/);
  });
});
