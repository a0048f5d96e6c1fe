import { describe, expect, it } from 'vitest';
import { TokenizationError } from '../../../src/errors.js';
import { PairTokenizer } from '../../../src/text/tokenizer.js';

/** A tokenizer.json of seven pieces. */
function tiny(): Record<string, unknown> {
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    added_tokens: ['<s>', '<pad>', '</s>', '<unk>'].map((content, id) => ({ id, content, ...special })),
    normalizer: null,
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '<s>', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '</s>', type_id: 0 } },
      ],
      pair: [
        { SpecialToken: { id: '<s>', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '</s>', type_id: 0 } },
        { SpecialToken: { id: '</s>', type_id: 0 } },
        { Sequence: { id: 'B', type_id: 0 } },
        { SpecialToken: { id: '</s>', type_id: 0 } },
      ],
      special_tokens: {
        '<s>': { id: '<s>', ids: [0], tokens: ['<s>'] },
        '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] },
      },
    },
    model: {
      type: 'Unigram',
      unk_id: 3,
      vocab: [
        ['<s>', 0],
        ['<pad>', 0],
        ['</s>', 0],
        ['<unk>', 0],
        ['▁', -2],
        ['a', -2],
        ['▁ab', -3],
      ],
    },
  };
}

function parse(changes: Record<string, unknown>, config?: unknown): PairTokenizer {
  return PairTokenizer.parse({ ...tiny(), ...changes }, config, 'models/x');
}

const options = { maxLength: 64, truncation: 'longest_first' } as const;

describe('a small tokenizer', () => {
  it('takes the most probable pieces and joins unknown characters', () => {
    const { ids, pieces } = parse({}).tokenize('ab abb bba 中文a');
    expect(pieces).toEqual(['▁ab', '▁ab', 'b', '▁', 'bb', 'a', '▁', '中文', 'a']);
    expect([...ids]).toEqual([6, 6, 3, 4, 3, 5, 4, 3, 5]);
  });

  it('counts an unknown character ten below the least likely piece', () => {
    const rows = [
      ['<unk>', 0],
      ['▁', -1],
      ['xy', -9],
      ['z', -9],
      ['yz', -1],
    ];
    const tokenizer = parse({ added_tokens: [], model: { type: 'Unigram', unk_id: 0, vocab: rows } });
    // xy + z is -18; an unknown x (-19) + yz is -20.
    expect(tokenizer.tokenize('xyz').pieces).toEqual(['▁', 'xy', 'z']);
  });

  it('needs no tokenizer_config.json, and takes huge lengths for none', () => {
    expect(parse({}).modelMaxLength).toBeUndefined();
    expect(parse({}, {}).modelMaxLength).toBeUndefined();
    expect(parse({}, { model_max_length: 1e30 }).modelMaxLength).toBeUndefined();
    expect(parse({}, { model_max_length: null }).modelMaxLength).toBeUndefined();
    expect(parse({}, { model_max_length: 8192 }).modelMaxLength).toBe(8192);
  });

  it('says on which side tokenizer_config.json has texts cut', () => {
    expect(parse({}).truncationSide).toBeUndefined();
    expect(parse({}, { truncation_side: null }).truncationSide).toBeUndefined();
    expect(parse({}, { truncation_side: 'left' }).truncationSide).toBe('left');
    expect(parse({}, { truncation_side: 'right' }).truncationSide).toBe('right');
  });

  it('puts around a text alone what the template of single texts has', () => {
    const template = tiny().post_processor as { single: object[] };
    const [start, sequence] = template.single;
    const text = (single: unknown[]) => {
      const tokenizer = parse({ post_processor: { ...template, single } });
      const { inputIds } = tokenizer.joinText(tokenizer.encode('ab'), options);
      return [tokenizer.specialTokensPerText, ...inputIds];
    };
    expect(text(template.single)).toEqual([2, 0, 6, 2]);
    expect(text([start, start, sequence])).toEqual([2, 0, 0, 6]);
    expect(text([sequence])).toEqual([0, 6]);
  });

  it('counts ids of added tokens beyond the vocabulary', () => {
    const added = [...(tiny().added_tokens as object[]), { id: 9, content: '<x>', normalized: false }];
    const tokenizer = parse({ added_tokens: added });
    expect(tokenizer.vocabSize).toBe(10);
    expect([...tokenizer.encodePair('a<x>', '', options).inputIds]).toEqual([0, 4, 5, 9, 2, 2, 2]);
  });

  it('takes the longest of added tokens that begin at one place', () => {
    const added = ['<x>', '<x><x>', '.*'].map((content, i) => ({ id: 10 + i, content, normalized: false }));
    expect([...parse({ added_tokens: added }).tokenize('<x><x><x>.*').ids]).toEqual([11, 10, 12]);
  });
});

describe('what cannot be used', () => {
  const model = (changes: object) => ({ model: { ...(tiny().model as object), ...changes } });
  it.each([
    ['no object', [], 'models/x/tokenizer.json must be an object, got an array of 0.'],
    [
      'no model',
      { ...tiny(), model: undefined },
      'models/x/tokenizer.json: model must be an object, got nothing.',
    ],
    [
      'another model',
      model({ type: 'BPE' }),
      'model.type must be Unigram (others are not supported), got "BPE".',
    ],
    ['byte fallback', model({ byte_fallback: true }), 'model.byte_fallback must be false'],
    ['no unknown', model({ unk_id: null }), 'model.unk_id must be an integer from 0 to 6, got null.'],
    ['unknown outside', model({ unk_id: 7 }), 'model.unk_id must be an integer from 0 to 6, got 7.'],
    ['no vocabulary', model({ vocab: [] }), 'model.vocab must be an array of [piece, score], not empty'],
    ['bad row', model({ vocab: [['a', 'b']] }), 'model.vocab must be an array of [piece, score]'],
    ['bad score', model({ vocab: [['a', Number.NaN]] }), 'model.vocab must be an array of [piece, score]'],
    [
      'another normalizer',
      { normalizer: { type: 'NFKC' } },
      'normalizer.type must be Precompiled, Replace or Sequence',
    ],
    [
      'one of several normalizers',
      { normalizer: { type: 'Sequence', normalizers: [{ type: 'Lowercase' }] } },
      'normalizer.normalizers[0].type must be Precompiled, Replace or Sequence (others are not supported), got "Lowercase".',
    ],
    [
      'no base64',
      { normalizer: { type: 'Precompiled', precompiled_charsmap: '%%%' } },
      'normalizer.precompiled_charsmap must be base64, got "%%%".',
    ],
    [
      'a table that is cut',
      { normalizer: { type: 'Precompiled', precompiled_charsmap: btoa('\x08\0\0\0abcd') } },
      'normalizer.precompiled_charsmap must hold a trie that fits into it',
    ],
    [
      'a pattern of another language',
      { normalizer: { type: 'Replace', pattern: { Regex: '(?i)a' }, content: '' } },
      'normalizer.pattern.Regex must be a regular expression that JavaScript knows, too, got "(?i)a".',
    ],
    ['no pre-tokenizer', { pre_tokenizer: null }, 'pre_tokenizer must be an object, got null.'],
    [
      'another pre-tokenizer',
      { pre_tokenizer: { type: 'ByteLevel' } },
      'pre_tokenizer.type must be Metaspace',
    ],
    [
      'another prepend scheme',
      { pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'last' } },
      'pre_tokenizer.prepend_scheme must be always, first or never, got "last".',
    ],
    [
      'another post-processor',
      { post_processor: { type: 'BertProcessing' } },
      'post_processor.type must be TemplateProcessing',
    ],
    [
      'a template without the document',
      {
        post_processor: { type: 'TemplateProcessing', pair: [{ Sequence: { id: 'A' } }], special_tokens: {} },
      },
      'post_processor.pair must hold Sequence A, then Sequence B, each once',
    ],
    [
      'a template of a text alone without the text',
      {
        post_processor: { ...(tiny().post_processor as object), single: [{ SpecialToken: { id: '<s>' } }] },
      },
      'post_processor.single must hold Sequence A once',
    ],
    [
      'a template of a text alone with the second one',
      { post_processor: { ...(tiny().post_processor as object), single: [{ Sequence: { id: 'B' } }] } },
      'post_processor.single must hold Sequence A once',
    ],
    [
      'a whole-word token',
      { added_tokens: [{ id: 0, content: 'x', single_word: true }] },
      'added_tokens[0].single_word must be false (whole-word tokens are not supported), got true.',
    ],
  ])('%s', (_, changes, message) => {
    const parsing = () =>
      Array.isArray(changes) ? PairTokenizer.parse(changes, undefined, 'models/x') : parse(changes);
    expect(parsing).toThrow(TokenizationError);
    expect(parsing).toThrow(message);
  });

  it('a length that is none', () => {
    for (const length of [0, -1, 1.5, '512']) {
      expect(() => parse({}, { model_max_length: length })).toThrow(
        'models/x/tokenizer_config.json: model_max_length must be',
      );
    }
  });

  it('a side that is none', () => {
    for (const side of ['both', 1]) {
      expect(() => parse({}, { truncation_side: side })).toThrow(
        `models/x/tokenizer_config.json: truncation_side must be left or right, got ${JSON.stringify(side)}.`,
      );
    }
  });
});
