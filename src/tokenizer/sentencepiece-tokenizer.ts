import { TokenizationError } from '../errors/errors.js';
import { PIECE_TYPE, parseSentencePieceModel, type SentencePiece } from './sentencepiece-model.js';

/** The first three pieces of every vocabulary that SentencePiece trains. */
const OWN_FIRST = ['<unk>', '<s>', '</s>'];

/** XLM-RoBERTa's own first ids, after fairseq. The pieces follow, one later than in the file; `<mask>` is last. */
const SPECIAL = ['<s>', '<pad>', '</s>', '<unk>'];

/** Bytes that are turned into characters in one call, because a call takes a limited number of arguments. */
const CHUNK = 8192;

/**
 * The tokenizer.json of an XLM-RoBERTa model, made from its `sentencepiece.bpe.model` alone, as transformers does:
 * blanks divide words, and ids are shifted by one.
 *
 * @param bytes the file
 * @param source its name, for messages
 * @throws TokenizationError for what is no unigram SentencePiece model, or none of this family
 * @see https://github.com/huggingface/transformers/blob/v5.0.0/src/transformers/models/xlm_roberta/tokenization_xlm_roberta.py
 */
export function toTokenizerJson(bytes: Uint8Array, source: string): object {
  const { pieces, charsmap, addDummyPrefix } = parseSentencePieceModel(bytes, source);
  const own = pieces.slice(0, OWN_FIRST.length).map(({ piece }) => piece);
  if (String(own) !== String(OWN_FIRST)) {
    throw new TokenizationError(
      `${source} begins with the pieces ${JSON.stringify(own)}; those of the XLM-RoBERTa family begin with ` +
        `${JSON.stringify(OWN_FIRST)}. It is the tokenizer of another model.`,
    );
  }
  const trained = pieces.slice(OWN_FIRST.length);
  const maskId = SPECIAL.length + trained.length;
  const special = SPECIAL.map((content, id) => addedToken(id, content));
  return {
    added_tokens: [...special, ...writtenTokens(trained), addedToken(maskId, '<mask>')],
    normalizer:
      charsmap.length === 0 ? null : { type: 'Precompiled', precompiled_charsmap: toBase64(charsmap) },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'WhitespaceSplit' },
        {
          type: 'Metaspace',
          replacement: '▁',
          prepend_scheme: addDummyPrefix ? 'always' : 'never',
          split: true,
        },
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>' } }, { Sequence: { id: 'A' } }, { SpecialToken: { id: '</s>' } }],
      pair: [
        { SpecialToken: { id: '<s>' } },
        { Sequence: { id: 'A' } },
        { SpecialToken: { id: '</s>' } },
        { SpecialToken: { id: '</s>' } },
        { Sequence: { id: 'B' } },
        { SpecialToken: { id: '</s>' } },
      ],
      special_tokens: {
        '<s>': { id: '<s>', ids: [0], tokens: ['<s>'] },
        '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] },
      },
    },
    model: {
      type: 'Unigram',
      unk_id: SPECIAL.indexOf('<unk>'),
      vocab: [
        ...SPECIAL.map((piece) => [piece, 0]),
        ...trained.map(({ piece, score }) => [piece, score]),
        ['<mask>', 0],
      ],
    },
  };
}

/** Pieces that are recognized unchanged wherever they are written. */
function writtenTokens(trained: readonly SentencePiece[]): object[] {
  return trained.flatMap(({ piece, type }, i) =>
    type === PIECE_TYPE.userDefined || type === PIECE_TYPE.control
      ? [addedToken(SPECIAL.length + i, piece)]
      : [],
  );
}

function addedToken(id: number, content: string): object {
  return { id, content, single_word: false, lstrip: content === '<mask>', rstrip: false, normalized: false };
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(binary);
}
