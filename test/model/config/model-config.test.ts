import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../dist/errors/errors.js';
import { parseModelConfig } from '../../../dist/model/config/model-config.js';

/** The tiny random model's sizes, as transformers writes them. */
const TINY = {
  architectures: ['XLMRobertaForSequenceClassification'],
  model_type: 'xlm-roberta',
  vocab_size: 97,
  hidden_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  intermediate_size: 40,
  hidden_act: 'gelu',
  max_position_embeddings: 41,
  type_vocab_size: 1,
  layer_norm_eps: 1e-5,
  pad_token_id: 1,
  position_embedding_type: 'absolute',
  id2label: { 0: 'LABEL_0' },
  torch_dtype: 'float32',
  classifier_dropout: null,
  problem_type: null,
};

function parse(changes: Readonly<Record<string, unknown>> = {}) {
  return parseModelConfig({ ...TINY, ...changes }, 'tiny/config.json');
}

function without(...fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(TINY).filter(([field]) => !fields.includes(field)));
}

function errorOf(json: unknown): ConfigError {
  try {
    parseModelConfig(json, 'tiny/config.json');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).toMatch(/^tiny\/config\.json[^\n]{5,1500}\.$/);
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a config that is right', () => {
  it('becomes camelCase, with what derives from it', () => {
    expect(parse()).toEqual({
      architecture: 'XLMRobertaForSequenceClassification',
      vocabSize: 97,
      hiddenSize: 24,
      numHiddenLayers: 2,
      numAttentionHeads: 3,
      intermediateSize: 40,
      hiddenAct: 'gelu',
      layerNormEps: 1e-5,
      maxPositionEmbeddings: 41,
      typeVocabSize: 1,
      padTokenId: 1,
      labels: ['LABEL_0'],
      numLabels: 1,
      problemType: undefined,
      headDim: 8,
      maxSequenceLength: 39,
    });
  });

  it('is deeply frozen', () => {
    const config = parse();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.labels)).toBe(true);
  });

  it('can be the one of the embedded model', () => {
    const url = new URL('../../../weights/mini-en-zh/config.json', import.meta.url);
    expect(parseModelConfig(JSON.parse(readFileSync(url, 'utf8')), 'config.json')).toMatchObject({
      vocabSize: 28_000,
      hiddenSize: 384,
      headDim: 32,
      layerNormEps: 1e-12,
      maxSequenceLength: 512,
      labels: ['LABEL_0'],
    });
  });

  it.each([
    ['base', 768, 12, 12, 3072, 514, 512],
    ['large', 1024, 24, 16, 4096, 514, 512],
    ['v2-m3', 1024, 24, 16, 4096, 8194, 8192],
  ])('can be the one of bge-reranker-%s', (_, hidden, layers, heads, intermediate, positions, longest) => {
    const config = parse({
      vocab_size: 250_002,
      hidden_size: hidden,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      intermediate_size: intermediate,
      max_position_embeddings: positions,
    });
    expect(config.maxSequenceLength).toBe(longest);
  });

  it('needs only the required fields', () => {
    const config = parseModelConfig(
      without(
        'model_type',
        'hidden_act',
        'position_embedding_type',
        'id2label',
        'torch_dtype',
        'problem_type',
      ),
      'config.json',
    );
    expect(config.hiddenAct).toBe('gelu');
    expect(config.labels).toEqual(['LABEL_0', 'LABEL_1']);
    expect(config.problemType).toBeUndefined();
  });

  it('ignores dtypes, dropouts and unknown fields', () => {
    const extra = {
      dtype: 'bfloat16',
      torch_dtype: 7,
      hidden_dropout_prob: 9,
      use_cache: true,
      is_decoder: false,
    };
    expect(parse(extra)).toEqual(parse());
  });

  it('names labels by id2label in the order of ids, else by num_labels', () => {
    const twelve = Object.fromEntries(
      Array.from({ length: 12 }, (_, id) => [String(11 - id), `label ${11 - id}`]),
    );
    expect(parse({ id2label: twelve, num_labels: 12 }).labels).toEqual(
      Array.from({ length: 12 }, (_, id) => `label ${id}`),
    );
    expect(parse({ id2label: undefined, num_labels: 5 }).labels).toEqual(
      [0, 1, 2, 3, 4].map((id) => `LABEL_${id}`),
    );
    expect(parse({ id2label: null, num_labels: 1 }).numLabels).toBe(1);
  });

  it.each(['regression', 'single_label_classification', 'multi_label_classification'])(
    'keeps %s',
    (problemType) => {
      expect(parse({ problem_type: problemType }).problemType).toBe(problemType);
    },
  );

  it("has transformers' defaults for missing fields", () => {
    for (const json of [
      without('layer_norm_eps', 'pad_token_id', 'type_vocab_size'),
      { ...TINY, layer_norm_eps: null, pad_token_id: null, type_vocab_size: null },
    ]) {
      expect(parseModelConfig(json, 'config.json')).toMatchObject({
        layerNormEps: 1e-12,
        padTokenId: 1,
        typeVocabSize: 2,
      });
    }
  });

  it('is of this architecture by its model_type alone', () => {
    const architecture = 'XLMRobertaForSequenceClassification';
    expect(parseModelConfig(without('architectures'), 'config.json').architecture).toBe(architecture);
    expect(errorOf(without('architectures', 'model_type')).message).toBe(
      'tiny/config.json: required and missing: "architectures".',
    );
  });

  it('may come with code that is not needed, but not with code that is', () => {
    const auto_map = { AutoModelForSequenceClassification: 'modeling_xlm_roberta.XLMRoberta' };
    expect(parse({ auto_map })).toEqual(parse());
    const error = errorOf({ ...without('model_type'), auto_map });
    expect(error.field).toBe('auto_map');
    expect(error.message).toMatch(/jina-reranker-v2.*never run here\. Take a model that transformers runs/);
  });

  it('may call GELU by its other name', () => {
    expect(parse({ hidden_act: 'gelu_python' })).toEqual(parse());
  });

  it('may have labels that are numbers, or equal labels', () => {
    expect(parse({ id2label: { 0: 0, 1: 1.5 } }).labels).toEqual(['0', '1.5']);
    expect(parse({ id2label: { 0: 'a', 1: 'b', 2: 'a' } }).labels).toEqual(['a_0', 'b', 'a_2']);
    expect(parse({ id2label: { 0: 'a', 1: 'a_0', 2: 'a', 3: '1', 4: 1 } }).labels).toEqual([
      ...['a_0_0', 'a_0', 'a_2', '1_3', '1_4'],
    ]);
  });

  it('has room for a pair and one token at least', () => {
    expect(parse({ max_position_embeddings: 7 }).maxSequenceLength).toBe(5);
  });
});

describe('a config that is wrong', () => {
  it.each([
    'vocab_size',
    'hidden_size',
    'num_hidden_layers',
    'num_attention_heads',
    'intermediate_size',
    'max_position_embeddings',
  ])('without %s is refused, as with null', (field) => {
    for (const json of [without(field), { ...TINY, [field]: null }]) {
      const error = errorOf(json);
      expect(error.field).toBe(field);
      expect(error.message).toBe(`tiny/config.json: required and missing: "${field}".`);
    }
  });

  const sizes = [
    'vocab_size',
    'hidden_size',
    'num_hidden_layers',
    'num_attention_heads',
    'intermediate_size',
    'max_position_embeddings',
    'type_vocab_size',
  ];
  it.each(sizes)('refuses an impossible %s', (field) => {
    for (const value of [
      0,
      -1,
      1.5,
      '24',
      true,
      [24],
      {},
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1e9,
      2 ** 53,
    ]) {
      const error = errorOf({ ...TINY, [field]: value });
      expect(error.field).toBe(field);
      expect(error.message).toMatch(new RegExp(`"${field}" is .*; expected an integer from 1 to \\d+`));
    }
  });

  it.each<[string, unknown, RegExp]>([
    [
      'architectures',
      ['BertForSequenceClassification'],
      /is \["BertFor.*\(a classifier of another family\); only \["XLMRobertaForSequenceClassification"\] is supported/,
    ],
    ['architectures', ['XLMRobertaModel'], /\(an encoder without a head, such as an embedding model\)/],
    ['architectures', ['XLMRobertaForMaskedLM'], /\(a pretrained language model, no reranker\)/],
    ['architectures', ['GemmaForCausalLM'], /\(a generating language model\)/],
    ['architectures', ['XLMRobertaForSequenceClassification', 'Other'], /"Other"\]; only/],
    ['architectures', [], /is \[\]; only/],
    [
      'architectures',
      'XLMRobertaForSequenceClassification',
      /is "XLMRobertaForSequenceClassification"; only/,
    ],
    ['architectures', {}, /is \{\}; only/],
    ['model_type', 'bert', /"model_type" is "bert"; supported: "xlm-roberta"/],
    [
      'hidden_act',
      'gelu_new',
      /"hidden_act" is "gelu_new"; supported: "gelu", "gelu_python" \(GELU by erf\)\. "gelu_new" is another function, GELU by tanh/,
    ],
    ['hidden_act', 'gelu_pytorch_tanh', /another function, GELU by tanh/],
    ['hidden_act', 'gelu_10', /another function, GELU cut off at 10/],
    ['hidden_act', 'quick_gelu', /another function, x sigmoid/],
    ['hidden_act', 'relu', /supported: "gelu"/],
    ['position_embedding_type', 'relative_key', /is "relative_key"; supported: "absolute"/],
    ['is_decoder', true, /"is_decoder" is true; supported: false/],
    ['add_cross_attention', true, /"add_cross_attention" is true/],
    ['is_encoder_decoder', true, /"is_encoder_decoder" is true/],
    ['is_decoder', 0, /"is_decoder" is 0/],
    ['problem_type', 'ranking', /is "ranking"; supported: "regression", "single_label_classification"/],
    ['layer_norm_eps', 0, /"layer_norm_eps" is 0; expected a number above 0/],
    ['layer_norm_eps', -1e-5, /expected a number above 0/],
    ['layer_norm_eps', 1, /below 1/],
    ['layer_norm_eps', 1e-60, /expected a number above 0/],
    ['layer_norm_eps', '1e-5', /"layer_norm_eps" is "1e-5"/],
    ['pad_token_id', -1, /expected an integer from 0/],
    ['pad_token_id', 97, /"pad_token_id" 97 is not below "vocab_size" 97/],
    ['hidden_size', 25, /"hidden_size" 25 is not a multiple of "num_attention_heads" 3/],
    [
      'max_position_embeddings',
      6,
      /"max_position_embeddings" 6 leaves 4 positions after "pad_token_id" 1; a pair needs at least 5/,
    ],
    ['num_labels', 2, /"num_labels" 2 contradicts "id2label" with 1/],
    ['num_labels', 0, /"num_labels" is 0; expected an integer from 1/],
    ['num_labels', '1', /"num_labels" is "1"/],
    ['num_labels', 1e9, /expected an integer from 1 to 65536/],
    ['id2label', [], /"id2label" is \[\]; expected an object/],
    ['id2label', 'LABEL_0', /expected an object/],
    ['id2label', {}, /is empty/],
    ['id2label', { 1: 'a' }, /has 1 labels and none for id 0; its keys must be "0" to "0"/],
    ['id2label', { 0: 'a', 2: 'b' }, /has 2 labels and none for id 1/],
    ['id2label', { '00': 'a' }, /none for id 0/],
    ['id2label', { 0: null }, /gives id 0 the label null; expected a string/],
    ['id2label', { 0: ['a'] }, /gives id 0 the label \["a"\]; expected a string/],
    [
      'id2label',
      Object.fromEntries(Array.from({ length: 65_537 }, (_, id) => [id, `${id}`])),
      /has 65537 labels; at most 65536/,
    ],
  ])('refuses %s %j', (field, value, message) => {
    const error = errorOf({ ...TINY, [field]: value });
    expect(error.field).toBe(field);
    expect(error.message).toMatch(message);
  });

  it('refuses sizes that are fine alone but need terabytes together', () => {
    const huge = { vocab_size: 2 ** 24, hidden_size: 2 ** 16, num_attention_heads: 2 ** 6 };
    expect(errorOf({ ...TINY, ...huge }).message).toMatch(
      /the sizes make \d+ parameters; at most 8589934592/,
    );
  });

  it('lists all errors in one message, the first as field', () => {
    const error = errorOf({
      ...without('vocab_size', 'num_hidden_layers'),
      hidden_act: 'relu',
      hidden_size: 25,
    });
    expect(error.field).toBe('vocab_size');
    expect(error.message).toBe(
      'tiny/config.json: required and missing: "vocab_size", "num_hidden_layers". ' +
        '"hidden_act" is "relu"; supported: "gelu", "gelu_python" (GELU by erf). ' +
        '"hidden_size" 25 is not a multiple of "num_attention_heads" 3.',
    );
  });

  it('does not report one size twice', () => {
    expect(errorOf({ ...TINY, hidden_size: 0 }).message).not.toContain('multiple');
    expect(errorOf({ ...TINY, vocab_size: -1 }).message).not.toContain('not below');
    expect(errorOf({}).message).toMatch(/^tiny\/config\.json: required and missing: ("\w+", ){6}"\w+"\.$/);
  });

  it.each([null, undefined, 1, 'config', [TINY], true])('that is %j is refused', (json) => {
    expect(errorOf(json).message).toMatch(/expected a JSON object/);
  });

  it('takes nothing from a prototype', () => {
    const hostile: unknown = JSON.parse(`{"__proto__":${JSON.stringify(TINY)}}`);
    expect(errorOf(hostile).message).toMatch(/required and missing: "architectures"/);
  });

  it('throws only ConfigError, for any values of the fields', () => {
    const fields = fc.record(
      Object.fromEntries(
        Object.keys({ ...TINY, num_labels: 0, is_decoder: 0 }).map((field) => [
          field,
          fc.oneof(fc.constant((TINY as Record<string, unknown>)[field]), fc.jsonValue(), fc.integer()),
        ]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fields, (json) => {
        try {
          const config = parseModelConfig(json, 'tiny/config.json');
          expect(Object.values(config).every((value) => !Number.isNaN(value))).toBe(true);
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});
