import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../dist/kernels/backend.js';
import { type ActivationReport, compareActivations } from '../../dist/parity/activation-parity.js';
import { ROOT, readTinyGolden, TINY, type TinyBatch } from '../support/fixtures.js';
import { type Edit, removeCopies, sabotage } from '../support/sabotage.js';
import {
  importModel,
  inBlocks,
  loadClassifier,
  type ModelModules,
  tinyParityFailures,
} from '../support/tiny-parity.js';
import { few } from '../support/wide.js';

const COPIES = 'plain';

/** Deliberate faults in the model: each must make parity fail, otherwise parity would prove nothing. */
const FAULTS: Record<string, readonly Edit[]> = {
  'LayerNorm: eps of another model': [['kernels/plain.ts', 'add(variance, eps)', 'add(variance, 1e-5)']],
  'LayerNorm: eps outside the root': [
    ['kernels/plain.ts', 'rsqrt(add(variance, eps))', 'add(rsqrt(variance), eps)'],
  ],
  'LayerNorm: unbiased variance': [
    ['kernels/plain.ts', 'mean(square(centred), 1, true)', 'mul(mean(square(centred), 1, true), 24 / 23)'],
  ],
  'LayerNorm: bias dropped': [
    [
      'kernels/plain.ts',
      'add(mul(standardize(x, eps).standardized, weight), bias)',
      'mul(standardize(x, eps).standardized, weight)',
    ],
  ],
  'LayerNorm: mean not subtracted': [['kernels/plain.ts', 'sub(x, mean(x, 1, true))', 'mul(x, 1)']],
  'GELU by tanh': [
    ['kernels/plain.ts', '  erf,\n', '  tanh,\n'],
    [
      'kernels/plain.ts',
      'erf(mul(x, Math.SQRT1_2))',
      'tanh(mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI)))',
    ],
  ],
  'GELU left out': [['kernels/plain.ts', 'mul(x, normalCdf(x))', 'mul(x, add(mul(normalCdf(x), 0), 1))']],
  'Linear: weight not transposed': [
    ['kernels/plain.ts', '[transpose(weight), bias]', '[reshape(weight, [weight.shape[1], -1]), bias]'],
  ],
  'Linear: bias dropped': [['kernels/plain.ts', 'b: weight, bias })', 'b: weight })']],
  'positions count from 0': [['model/position-ids.ts', 'padTokenId + ++counted', '++counted - 1']],
  'positions count from padTokenId': [['model/position-ids.ts', '++counted', 'counted++']],
  'positions count pads': [
    ['model/position-ids.ts', 'inputIds[i] === padTokenId ? padTokenId : padTokenId', 'padTokenId'],
  ],
  'positions run on through the batch': [['model/position-ids.ts', 'counted = 0;\n    }', '}']],
  'mask ignored': [
    ['model/sequence-classifier.ts', 'lengths.every((length) => length === seq)', 'lengths.length > 0'],
  ],
  'mask too weak': [['model/sequence-classifier.ts', 'const MASKED = -1e9', 'const MASKED = -10']],
  'mask one token short': [
    ['model/sequence-classifier.ts', 'row * seq + length,', 'row * seq + length + 1,'],
  ],
  'mask made from ids': [
    ['model/sequence-classifier.ts', '{ lengths, seq })', '{ inputIds, lengths, seq })'],
    [
      'model/sequence-classifier.ts',
      'return tensor(mask, [',
      'mask.forEach((_, i) => { if (inputIds[i] === 1) mask[i] = MASKED; });\n  return tensor(mask, [',
    ],
  ],
  'query and key swapped': [
    ['model/self-attention.ts', "{ name: 'query',", "{ name: 'KEY',"],
    ['model/self-attention.ts', "{ name: 'key' }", "{ name: 'query' }"],
    ['model/self-attention.ts', "{ name: 'KEY',", "{ name: 'key',"],
  ],
  'key and value swapped': [
    ['model/self-attention.ts', "{ name: 'key' }, { name: 'value' }", "{ name: 'value' }, { name: 'key' }"],
  ],
  'scores not scaled': [['model/self-attention.ts', 'scale: 1 / Math.sqrt(headDim)', 'scale: 1']],
  'scores scaled by the hidden size': [
    ['model/self-attention.ts', 'scale: 1 / Math.sqrt(headDim)', 'scale: 1 / Math.sqrt(hiddenSize)'],
  ],
  'every block of queries the first': [['kernels/plain.ts', '[0, 0, start, 0]', '[0, 0, 0, 0]']],
  'heads not merged in order': [
    ['kernels/plain.ts', 'transpose(contextHeads, [0, 2, 1, 3])', 'contextHeads'],
  ],
  'probabilities not used': [['kernels/plain.ts', 'return softmax(additiveMask', 'return (additiveMask']],
  'residual dropped': [
    ['model/residual-output.ts', 'kernels.add(context.toFloat32(projected), residual)', 'projected'],
  ],
  'residual of the wrong place': [
    ['model/encoder-layer.ts', 'expanded, afterAttention, context)', 'expanded, residual, context)'],
  ],
  'token type dropped': [
    ['model/embeddings.ts', 'add(add(words, this.tokenTypes(context)), positions)', 'add(words, positions)'],
  ],
  'positions dropped': [
    [
      'model/embeddings.ts',
      'add(add(words, this.tokenTypes(context)), positions)',
      'add(words, this.tokenTypes(context))',
    ],
  ],
  'last token in the head': [
    [
      'model/encoder-layer.ts',
      '[0, 0], [batch, hidden]',
      '[0, (rows / batch - 1) * hidden], [batch, hidden]',
    ],
  ],
  'layers in the wrong order': [
    ['model/encoder.ts', 'this.layers.entries()', '[...this.layers].reverse().entries()'],
  ],
  'last layer skips rows that are observed': [['model/encoder.ts', 'ROWS_PER_TOKEN.some(', '[].some(']],
  'the scale folded into the bias no more': [
    [
      'model/layers/linear.ts',
      'part.scale === undefined ?',
      "part.scale === undefined || parameter === 'bias' ?",
    ],
  ],
  'tanh of the head dropped': [['model/classification-head.ts', 'tanh(projected)', 'projected']],
  'padding with another token': [['batching/batch.ts', '.fill(padTokenId)', '.fill(0)']],
};

/** Where some of them are first noticed, and the likely cause that is reported. */
const FIRST_OUT: Record<string, readonly [name: string, cause: RegExp]> = {
  'LayerNorm: bias dropped': ['embeddings.LayerNorm', /bias.*Every row is off by the same numbers/],
  'positions dropped': ['embeddings.LayerNorm', /sum of the three embeddings/],
  'positions count from 0': ['embeddings.position_embeddings', /padTokenId \+ 1/],
  'Linear: bias dropped': ['encoder.layer.0.attention.self.query', /Every row is off by the same numbers/],
  'Linear: weight not transposed': ['encoder.layer.0.attention.self.query', /transposed/],
  'key and value swapped': ['encoder.layer.0.attention.self.key', /swapped/],
  'heads not merged in order': ['encoder.layer.0.attention.self.context', /heads joined/],
  'residual dropped': ['encoder.layer.0.attention.output.LayerNorm', /residual/],
  'residual of the wrong place': ['encoder.layer.0.output.LayerNorm', /residual/],
  'GELU by tanh': ['encoder.layer.0.intermediate.activation', /by erf/],
  'layers in the wrong order': ['encoder.layer.0.attention.self.query', /another checkpoint/],
  'last token in the head': ['classifier.dense', /first token/],
  'tanh of the head dropped': ['classifier.tanh', /tanh/],
};

describe('sabotage: every fault is caught by parity', () => {
  beforeAll(() => startBackend('cpu'));
  afterAll(() => removeCopies(COPIES));

  test('the README gives their number', async () => {
    const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8');
    expect(readme).toContain(` ${Object.keys(FAULTS).length} deliberate faults `);
  });

  test('a copy without a fault passes', async () => {
    expect(await failuresOf('none', [])).toEqual([]);
  });

  test.each(Object.entries(FAULTS))('%s', async (name, edits) => {
    const failures = await failuresOf(name, edits);
    expect(failures.length).toBeGreaterThan(0);
  });

  test.each(few(Object.entries(FIRST_OUT), 5))(
    'the first activation outside the tolerance: %s',
    async (name, [first, cause]) => {
      const modules = await importModel(await sabotage(COPIES, `first-${name}`, FAULTS[name] ?? []));
      expect(await firstOut(modules)).toMatchObject({
        name: first,
        likelyCause: expect.stringMatching(cause),
      });
    },
  );

  test('without a fault all are within the tolerance', async () => {
    expect(await firstOut(await importModel(await sabotage(COPIES, 'first-none', [])))).toBeUndefined();
  });

  async function firstOut(modules: ModelModules): Promise<ActivationReport['firstOut']> {
    const classifier = await loadClassifier(modules, TINY);
    const { batches } = await readTinyGolden(TINY);
    const longest = batches.find(({ lengths }) => lengths.length === 1) as TinyBatch;
    const [inputIds = []] = longest.input_ids;
    const file = (dtype: string): string => `${longest.name}.${dtype}.safetensors`;
    const activationFiles = { float32: file('float32'), float64: file('float64') };
    const pair = { input: undefined, inputIds, logits: [0], logitsFloat64: undefined, activationFiles };
    const report = await compareActivations(
      { classifier, config: classifier.config },
      [pair],
      [inputIds],
      TINY,
    );
    classifier.dispose();
    return report.firstOut;
  }

  /** Parity's errors for a copy of the build with the edits. */
  async function failuresOf(name: string, edits: readonly Edit[]): Promise<string[]> {
    const modules = await importModel(await sabotage(COPIES, name, edits));
    return tinyParityFailures(modules, inBlocks(modules.plain.PLAIN_KERNELS, 250));
  }
});
