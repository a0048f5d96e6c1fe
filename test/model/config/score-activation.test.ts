import { describe, expect, test } from 'vitest';
import { InputError } from '../../../dist/errors/errors.js';
import { FieldReader } from '../../../dist/model/config/field-reader.js';
import { chooseActivation, readActivationFn } from '../../../dist/model/config/score-activation.js';

const SIGMOID = 'torch.nn.modules.activation.Sigmoid';
const IDENTITY = 'torch.nn.modules.linear.Identity';

/** The field of config.json that sentence-transformers 6.2 uses, in its order. */
describe('the class that config.json names', () => {
  test.each([
    ['nothing', {}, undefined],
    ['the field of today', { sentence_transformers: { activation_fn: IDENTITY, version: '5.0' } }, IDENTITY],
    ['the field of versions before 4', { sbert_ce_default_activation_function: IDENTITY }, IDENTITY],
    [
      'both: the first counts',
      { sentence_transformers: { activation_fn: SIGMOID }, sbert_ce_default_activation_function: IDENTITY },
      SIGMOID,
    ],
    [
      'the first without a class: none',
      { sentence_transformers: { activation_fn: null }, sbert_ce_default_activation_function: IDENTITY },
      undefined,
    ],
    [
      'the object without the field: the second',
      { sentence_transformers: { version: '5.0' }, sbert_ce_default_activation_function: IDENTITY },
      IDENTITY,
    ],
    ['what is no object', { sentence_transformers: 'x' }, undefined],
    ['what is no string', { sbert_ce_default_activation_function: 7 }, undefined],
  ])('%s', (_name, json, path) => {
    expect(readActivationFn(new FieldReader(json))).toBe(path);
  });
});

describe('chooseActivation', () => {
  test('the requested activation is used, whatever the model names', () => {
    expect(chooseActivation('sigmoid', IDENTITY)).toEqual({ activation: 'sigmoid' });
    expect(chooseActivation('identity', SIGMOID)).toEqual({ activation: 'identity' });
  });

  test.each([
    [undefined, 'sigmoid'],
    [SIGMOID, 'sigmoid'],
    ['torch.nn.Sigmoid', 'sigmoid'],
    [IDENTITY, 'identity'],
    ['torch.nn.Identity', 'identity'],
  ])('model obeys %s', (path, activation) => {
    expect(chooseActivation('model', path)).toEqual({ activation });
  });

  test.each(['torch.nn.modules.activation.Tanh', 'os.system', 'my.Sigmoid', '__proto__', 'constructor', ''])(
    'of %j it warns, and takes the sigmoid',
    (path) => {
      const { activation, warning } = chooseActivation('model', path);
      expect(activation).toBe('sigmoid');
      expect(warning).toContain(`names the activation ${JSON.stringify(path)}`);
    },
  );

  test('an invalid request is refused', () => {
    expect(() => chooseActivation('softmax' as never, undefined)).toThrow(InputError);
  });
});
