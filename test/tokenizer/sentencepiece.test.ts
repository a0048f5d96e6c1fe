import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TokenizationError } from '../../dist/errors/errors.js';
import { readTokenizer } from '../../dist/hub/read-model.js';
import { toTokenizerJson } from '../../dist/tokenizer/sentencepiece-tokenizer.js';
import { PairTokenizer } from '../../dist/tokenizer/tokenizer.js';
import { MINI } from '../support/fixtures.js';
import { type SentencePieceFile, sentencePieceFile } from '../support/sentencepiece-file.js';

const SMALL: SentencePieceFile = {
  pieces: [
    ['▁', -2],
    ['a', -2],
    ['▁ab', -3],
  ],
};

function parse(changes: Partial<SentencePieceFile> = {}): PairTokenizer {
  const bytes = sentencePieceFile({ ...SMALL, ...changes });
  return PairTokenizer.parse(toTokenizerJson(bytes, 'x.model'), undefined, 'models/x');
}

describe('sentencepiece.bpe.model', () => {
  it('shifts ids by one, with <pad> between and <mask> last', () => {
    const tokenizer = parse();
    expect(tokenizer.vocabSize).toBe(8);
    const { ids, pieces } = tokenizer.tokenize(' ab  b<mask>a ');
    expect(pieces).toEqual(['▁ab', '▁', 'b', '<mask>', '▁', 'a']);
    expect([...ids]).toEqual([6, 4, 3, 7, 4, 5]);
    const pair = tokenizer.encodePair('ab', 'a', { maxLength: 16, truncation: 'longest_first' });
    expect([...pair.inputIds]).toEqual([0, 6, 2, 2, 4, 5, 2]);
  });

  it('matches pieces that the user defined as they are', () => {
    const pieces = [...SMALL.pieces, ['[x]', 0, 4]] as const;
    expect([...parse({ pieces }).encode('ab[x]a')]).toEqual([6, 7, 4, 5]);
  });

  it('puts no space before a text if the model says so', () => {
    expect([...parse({ normalizer: { 3: 0 } }).encode('a')]).toEqual([5]);
  });

  it.each([
    ['another kind', { trainer: { 3: 2 } }, 'is no unigram model'],
    ['byte fallback', { trainer: { 35: 1 } }, 'byte fallback'],
    ['spaces after words', { trainer: { 24: 1 } }, 'puts spaces after words'],
    ['spaces that stay', { normalizer: { 4: 0 } }, 'keeps all spaces'],
    ['spaces that stay spaces', { normalizer: { 5: 0 } }, 'does not mark spaces'],
    ['no pieces', { pieces: [], first: [] }, 'holds no pieces'],
    ['another family', { first: ['<pad>', '</s>', '<unk>'] }, 'the tokenizer of another model'],
  ])('refuses %s', (_name, changes, message) => {
    expect(() => parse(changes)).toThrow(TokenizationError);
    expect(() => parse(changes)).toThrow(message);
  });

  it('throws only its own error for truncated or changed bytes', () => {
    const whole = sentencePieceFile({ ...SMALL, charsmap: Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0) });
    const attempt = (bytes: Uint8Array) => {
      try {
        PairTokenizer.parse(toTokenizerJson(bytes, 'x.model'), undefined, 'models/x');
      } catch (error) {
        expect(error).toBeInstanceOf(TokenizationError);
      }
    };
    const place = fc.nat(whole.length - 1);
    fc.assert(fc.property(place, (end) => attempt(whole.subarray(0, end))));
    fc.assert(
      fc.property(place, fc.nat(255), (at, byte) => attempt(Uint8Array.from(whole).fill(byte, at, at + 1))),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), attempt));
  });
});

interface Description {
  readonly normalizer: { readonly normalizers: readonly [{ readonly precompiled_charsmap: string }] };
  readonly model: { readonly vocab: readonly [string, number][] };
}

describe('a folder with sentencepiece.bpe.model alone', () => {
  let folder: string;
  let fromJson: PairTokenizer;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sentencepiece-'));
    const { default: json } = (await import(`${MINI}/tokenizer.json`)) as { default: Description };
    // The same vocabulary as SentencePiece has it: special tokens of its own, scores in float32.
    const vocab = json.model.vocab.map(([piece, score]) => [piece, Math.fround(score)] as const);
    const charsmap = Buffer.from(json.normalizer.normalizers[0].precompiled_charsmap, 'base64');
    const pieces = vocab.slice(4, -1);
    await writeFile(path.join(folder, 'sentencepiece.bpe.model'), sentencePieceFile({ pieces, charsmap }));
    await cp(path.join(MINI, 'tokenizer_config.json'), path.join(folder, 'tokenizer_config.json'));
    const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
    fromJson = PairTokenizer.parse(
      {
        ...json,
        model: { ...json.model, vocab },
        pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, metaspace] },
      },
      undefined,
      MINI,
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('gives the ids of a tokenizer.json with WhitespaceSplit for every reference text', async () => {
    const tokenizer = await readTokenizer(folder);
    expect([tokenizer.vocabSize, tokenizer.modelMaxLength]).toEqual([28_000, 512]);
    const { default: cases } = (await import('../fixtures/tokenizer-cases.json')) as {
      default: { readonly texts: readonly { readonly text: string }[] };
    };
    expect(cases.texts.length).toBeGreaterThan(500);
    for (const { text } of cases.texts) {
      expect(tokenizer.tokenize(text), JSON.stringify(text)).toEqual(fromJson.tokenize(text));
    }
  });

  it('says which file would be enough when neither exists', async () => {
    await rm(path.join(folder, 'sentencepiece.bpe.model'));
    await expect(readTokenizer(folder)).rejects.toThrow(
      /tokenizer\.json is missing, and so is sentencepiece\.bpe\.model/,
    );
  });
});
