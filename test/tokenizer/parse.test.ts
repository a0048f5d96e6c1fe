import { describe, expect, it } from 'vitest';
import { TokenizationError } from '../../dist/errors/errors.js';
import { PairTokenizer } from '../../dist/tokenizer/tokenizer.js';

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

  it('needs no tokenizer_config.json, and ignores huge lengths', () => {
    expect(parse({}).modelMaxLength).toBeUndefined();
    expect(parse({}, {}).modelMaxLength).toBeUndefined();
    expect(parse({}, { model_max_length: 1e30 }).modelMaxLength).toBeUndefined();
    expect(parse({}, { model_max_length: null }).modelMaxLength).toBeUndefined();
    expect(parse({}, { model_max_length: 8192 }).modelMaxLength).toBe(8192);
  });

  it('reads the side that is cut from tokenizer_config.json', () => {
    expect(parse({}).truncationSide).toBeUndefined();
    expect(parse({}, { truncation_side: null }).truncationSide).toBeUndefined();
    expect(parse({}, { truncation_side: 'left' }).truncationSide).toBe('left');
    expect(parse({}, { truncation_side: 'right' }).truncationSide).toBe('right');
  });

  it('puts the template of single texts around a single text', () => {
    const template = tiny().post_processor as { single: object[] };
    const [start, sequence] = template.single;
    const text = (single: unknown[]) => {
      const tokenizer = parse({ post_processor: { ...template, single } });
      const inputIds = tokenizer.joinText(tokenizer.encode('ab'));
      return [tokenizer.specialTokensPerText, ...inputIds];
    };
    expect(text(template.single)).toEqual([2, 0, 6, 2]);
    expect(text([start, start, sequence])).toEqual([2, 0, 0, 6]);
    expect(text([sequence])).toEqual([0, 6]);
  });

  it('gives added tokens beyond the vocabulary the next free ids, whatever the file says', () => {
    const more = ['<x>', '▁ab', '', '<y>', '<x>'].map((content, i) => ({
      id: 90 + i,
      content,
      normalized: false,
    }));
    const tokenizer = parse({ added_tokens: [...(tiny().added_tokens as object[]), ...more] });
    expect(tokenizer.vocabSize).toBe(9);
    expect([...tokenizer.encodePair('a<x>', '<y>▁ab', options).inputIds]).toEqual([
      0, 4, 5, 7, 2, 2, 8, 6, 2,
    ]);
  });

  it('finds a whole-word token only without a letter, digit, mark or joiner beside it', () => {
    const added = [{ id: 7, content: 'bb', single_word: true, normalized: false }];
    const found = (text: string): number =>
      parse({ added_tokens: added })
        .tokenize(text)
        .ids.filter((id) => id === 7).length;
    for (const text of ['bb', 'a bb a', '(bb)', 'bb\u2460', '😀bb', '-bb bb'])
      expect(found(text), text).toBeGreaterThan(0);
    for (const text of [
      'abb',
      'bba',
      'bb中',
      '中bb',
      'bb_',
      'bb\u0301',
      'bb\u200d',
      'bb٣',
      '𠮷bb',
      'bb𠮷',
      'bbb',
    ]) {
      expect(found(text), text).toBe(0);
    }
  });

  it('takes the longest of added tokens that begin at one place', () => {
    const added = ['<x>', '<x><x>', '.*'].map((content, i) => ({ id: 10 + i, content, normalized: false }));
    expect([...parse({ added_tokens: added }).tokenize('<x><x><x>.*').ids]).toEqual([8, 7, 9]);
  });
});

describe('unsupported files', () => {
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
    ['no vocabulary', model({ vocab: [] }), 'model.vocab must be a non-empty array of [piece, score]'],
    ['bad row', model({ vocab: [['a', 'b']] }), 'model.vocab must be a non-empty array of [piece, score]'],
    [
      'bad score',
      model({ vocab: [['a', Number.NaN]] }),
      'model.vocab must be a non-empty array of [piece, score]',
    ],
    [
      'another normalizer',
      { normalizer: { type: 'ByteLevel' } },
      'normalizer.type must be one of Precompiled, Replace, Strip, Lowercase, NFC',
    ],
    [
      'one of several normalizers',
      { normalizer: { type: 'Sequence', normalizers: [{ type: 'BertNormalizer' }] } },
      'Prepend, Sequence (others are not supported), got "BertNormalizer".',
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
      'another pre-tokenizer',
      { pre_tokenizer: { type: 'ByteLevel' } },
      'pre_tokenizer.type must be one of Metaspace, WhitespaceSplit,',
    ],
    [
      'another prepend scheme',
      { pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'last' } },
      'pre_tokenizer.prepend_scheme must be always, first or never, got "last".',
    ],
    [
      'another post-processor',
      { post_processor: { type: 'XlmProcessing' } },
      'post_processor.type must be one of TemplateProcessing, RobertaProcessing,',
    ],
    [
      'no post-processor',
      { post_processor: null },
      'post_processor must say how a pair becomes one sequence',
    ],
    [
      'a post-processor that adds nothing',
      { post_processor: { type: 'ByteLevel' } },
      'post_processor must say how a pair becomes one sequence',
    ],
    [
      'two post-processors that add tokens',
      {
        post_processor: {
          type: 'Sequence',
          processors: [1, 2].map(() => ({ type: 'BertProcessing', sep: ['</s>', 2], cls: ['<s>', 0] })),
        },
      },
      'post_processor.processors must not hold two processors that add special tokens',
    ],
    [
      'half of a sep',
      { post_processor: { type: 'RobertaProcessing', sep: ['</s>'], cls: ['<s>', 0] } },
      'post_processor.sep must be a token and its id',
    ],
    [
      'a split of no known kind',
      { pre_tokenizer: { type: 'Split', pattern: { String: 'x' }, behavior: 'Merged' } },
      'pre_tokenizer.behavior must be one of Removed, Isolated,',
    ],
    [
      'a prefix that is asked for and not',
      {
        pre_tokenizer: {
          type: 'Metaspace',
          replacement: '▁',
          prepend_scheme: 'always',
          add_prefix_space: false,
        },
      },
      'pre_tokenizer.prepend_scheme must be never, as add_prefix_space is false',
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
  ])('%s', (_, changes, message) => {
    const parsing = () =>
      Array.isArray(changes) ? PairTokenizer.parse(changes, undefined, 'models/x') : parse(changes);
    expect(parsing).toThrow(TokenizationError);
    expect(parsing).toThrow(message);
  });

  it('an invalid length', () => {
    for (const length of [0, -1, 1.5, '512']) {
      expect(() => parse({}, { model_max_length: length })).toThrow(
        'models/x/tokenizer_config.json: model_max_length must be',
      );
    }
  });

  it('an invalid side', () => {
    for (const side of ['both', 1]) {
      expect(() => parse({}, { truncation_side: side })).toThrow(
        `models/x/tokenizer_config.json: truncation_side must be left or right, got ${JSON.stringify(side)}.`,
      );
    }
  });
});
