import { AddedTokenFinder, parseAddedTokens, type Section } from './added-tokens.js';
import { AlignedText } from './aligned-text.js';
import { BestPath } from './best-path.js';
import { JsonField } from './json-field.js';
import { parseNormalizer } from './normalizer.js';
import {
  countSpecialTokens,
  type PairTemplate,
  type PostProcessor,
  parsePostProcessor,
  type SpecialToken,
} from './pair-template.js';
import { placeTokens } from './place-tokens.js';
import type { Normalizer } from './rewriter.js';
import { finish, type Steps } from './steps.js';
import { TokenWriter } from './token-writer.js';
import type { KeptRanges, PlacedPair, TokenizedPair, TokenizedText, TokenRange } from './tokenized.js';
import { parseTokenizerConfig, type TokenizerConfig, type TruncationSide } from './tokenizer-config.js';
import { type KeptTokens, keptRange, type Truncation, truncatePair } from './truncation.js';
import { parseUnigramVocabulary } from './vocabulary.js';
import { WordCache } from './word-cache.js';
import { parseWordSplitter, type WordSplitter } from './words.js';

/** How a pair is cut to length. */
export interface PairOptions {
  /** Longest sequence, special tokens included. */
  readonly maxLength: number;
  readonly truncation: Truncation;
  /** The end at which both texts lose tokens. Default: as in tokenizer_config.json, else right. */
  readonly truncationSide?: TruncationSide | undefined;
}

interface Parts {
  readonly rawTokens: AddedTokenFinder;
  readonly normalizer: Normalizer;
  readonly normalizedTokens: AddedTokenFinder;
  readonly splitter: WordSplitter;
  readonly paths: BestPath;
  readonly words: WordCache;
  readonly post: PostProcessor;
}

/**
 * The tokenizer of the XLM-RoBERTa family: text -> ids, and for display also pieces and their places in the original.
 *
 * The steps are in the order of Python's `tokenizers`: added tokens in the raw text, normalization of what is between
 * them, added tokens in the normalized text, division into words, and for each word the most probable pieces. Ids and
 * display share the same walk; pieces and places are computed only for display.
 *
 * Lone surrogates count as U+FFFD, which has the same UTF-16 length, so that spans stay valid.
 */
export class PairTokenizer {
  /** `model_max_length` of tokenizer_config.json; undefined if it is absent or one of the huge numbers that mean "none". */
  readonly modelMaxLength: number | undefined;
  /** `truncation_side` of tokenizer_config.json: where a text that is too long loses tokens; undefined if absent. */
  readonly truncationSide: TruncationSide | undefined;
  /** Number of ids: one more than the largest. */
  readonly vocabSize: number;
  /** Special tokens that a pair has in addition to the tokens of its texts: 4 in this family. */
  readonly specialTokensPerPair: number;
  /** Special tokens that a text alone has: 2. */
  readonly specialTokensPerText: number;
  /** The id for characters that no piece covers. */
  readonly unknownId: number;
  readonly #parts: Parts;

  private constructor(parts: Parts, vocabSize: number, unknownId: number, config: TokenizerConfig) {
    this.#parts = parts;
    this.unknownId = unknownId;
    this.vocabSize = vocabSize;
    this.modelMaxLength = config.modelMaxLength;
    this.truncationSide = config.truncationSide;
    this.specialTokensPerPair = countSpecialTokens(parts.post.templates.pair);
    this.specialTokensPerText = countSpecialTokens(parts.post.templates.text);
  }

  /**
   * @param tokenizerJson - content of tokenizer.json. Its `truncation` and `padding` are not used.
   * @param tokenizerConfigJson - content of tokenizer_config.json, or undefined
   * @param folder - the folder of the files, for messages
   * @throws TokenizationError that names file and field: what is broken, or what this project does not support
   */
  static parse(tokenizerJson: unknown, tokenizerConfigJson: unknown, folder: string): PairTokenizer {
    const file = new JsonField(tokenizerJson, `${folder}/tokenizer.json`);
    const vocabulary = parseUnigramVocabulary(file.get('model'));
    const paths = new BestPath(vocabulary);
    const vocabularySize = vocabulary.scores.length;
    const added = parseAddedTokens(file.get('added_tokens'), vocabulary.pieces, vocabularySize);
    const normalizer = parseNormalizer(file.get('normalizer'));
    const normalizedAdded = added
      .filter((token) => token.normalized)
      .map((token) => ({ ...token, content: normalizer.normalize(AlignedText.of(token.content)).text }));
    const parts: Parts = {
      rawTokens: new AddedTokenFinder(added.filter((token) => !token.normalized)),
      normalizer,
      normalizedTokens: new AddedTokenFinder(normalizedAdded),
      splitter: parseWordSplitter(file.get('pre_tokenizer')),
      paths,
      words: new WordCache(paths),
      post: parsePostProcessor(file.get('post_processor')),
    };
    const vocabSize = added.reduce((size, { id }) => Math.max(size, id + 1), vocabularySize);
    const config = parseTokenizerConfig(
      new JsonField(tokenizerConfigJson, `${folder}/tokenizer_config.json`),
    );
    return new PairTokenizer(parts, vocabSize, vocabulary.unknownId, config);
  }

  /** The ids of one text, without special tokens around it. */
  encode(text: string): Int32Array {
    return finish(this.encodeSteps(text));
  }

  /** Like {@link encode}, in steps. Normalization is one step, whatever the length of the text. */
  *encodeSteps(text: string): Steps<Int32Array> {
    const ids: number[] = [];
    let units = 0;
    for (const section of this.#sections(text)) {
      if (section.kind === 'token') {
        ids.push(section.id);
        continue;
      }
      for (const id of this.#parts.words.ids(section.text.text)) ids.push(id);
      units += section.text.length;
      if (units >= STEP_UNITS) {
        yield units;
        units = 0;
      }
    }
    yield units;
    return Int32Array.from(ids);
  }

  /** Ids, pieces and places of one text, which takes longer than the ids alone. */
  tokenize(text: string): TokenizedText {
    return finish(this.tokenizeSteps(text));
  }

  /** Like {@link tokenize}, in steps. */
  *tokenizeSteps(text: string): Steps<TokenizedText> {
    const writer = new TokenWriter(this.#parts.post.trims);
    let units = 0;
    for (const section of this.#sections(text)) {
      if (section.kind === 'token') {
        writer.add(section.id, section.piece, section.span, section.written);
        continue;
      }
      writer.addWord(section.text, this.#parts.paths.pieces(section.text.text));
      units += section.text.length;
      if (units >= STEP_UNITS) {
        yield units;
        units = 0;
      }
    }
    yield units;
    return writer.finish();
  }

  /** The special tokens around one text: `<s> text </s>` in this family. */
  get aroundText(): { readonly before: readonly SpecialToken[]; readonly after: readonly SpecialToken[] } {
    return this.#parts.post.templates.text;
  }

  /** The normalized words of a text, and the added tokens that are written in it. */
  *#sections(text: string): Generator<Section> {
    const { rawTokens, normalizer, normalizedTokens, splitter } = this.#parts;
    for (const stretch of rawTokens.split(AlignedText.of(replaceLoneSurrogates(text)))) {
      if (stretch.kind === 'token') {
        yield stretch;
        continue;
      }
      for (const section of normalizedTokens.split(normalizer.normalize(stretch.text))) {
        if (section.kind === 'token') yield section;
        else for (const word of splitter.split(section.text)) yield { kind: 'text', text: word };
      }
    }
  }

  /** `<s> query </s></s> document </s>` from the ids of both texts. Nothing is cut, whatever their length. */
  joinPair(query: Int32Array, document: Int32Array): Int32Array {
    return join(this.#parts.post.templates.pair, query, document);
  }

  /** `<s> text </s>` from the ids of one text. */
  joinText(text: Int32Array): Int32Array {
    return join(this.#parts.post.templates.text, NO_TOKENS, text);
  }

  /**
   * `<s> query </s></s> document </s>`; an empty text has no tokens.
   *
   * @throws InputError when `maxLength` leaves no room besides the special tokens
   */
  encodePair(query: string, document: string, options: PairOptions): TokenizedPair {
    const ids = { query: this.encode(query), document: this.encode(document) };
    const lengths = { query: ids.query.length, document: ids.document.length };
    const kept = this.#keptRanges(lengths, options);
    const part = (of: Int32Array, { start, end }: TokenRange): Int32Array => of.subarray(start, end);
    const queryTokens = kept.query.end - kept.query.start;
    const documentTokens = kept.document.end - kept.document.start;
    return {
      inputIds: this.joinPair(part(ids.query, kept.query), part(ids.document, kept.document)),
      queryTokens,
      documentTokens,
      queryTokensCut: lengths.query - queryTokens,
      documentTokensCut: lengths.document - documentTokens,
    };
  }

  /**
   * Like {@link encodePair}, with piece and place of every token, including those that were cut.
   *
   * @throws InputError when `maxLength` leaves no room besides the special tokens
   */
  placePair(query: string, document: string, options: PairOptions): PlacedPair {
    return finish(this.placePairSteps(query, document, options));
  }

  /** The same in steps. @param options how to truncate, or which tokens of both texts to keep. */
  *placePairSteps(query: string, document: string, options: PairOptions | KeptRanges): Steps<PlacedPair> {
    const texts = {
      query: yield* this.tokenizeSteps(query),
      document: yield* this.tokenizeSteps(document),
    };
    const lengths = { query: texts.query.ids.length, document: texts.document.ids.length };
    const kept = 'maxLength' in options ? this.#keptRanges(lengths, options) : options;
    return placeTokens(texts, kept, this.#parts.post.templates.pair);
  }

  #keptRanges(lengths: KeptTokens, options: PairOptions): KeptRanges {
    const side = options.truncationSide ?? this.truncationSide ?? 'right';
    const kept = truncatePair(lengths, this.specialTokensPerPair, options);
    return {
      query: keptRange(lengths.query, kept.query, side),
      document: keptRange(lengths.document, kept.document, side),
    };
  }
}

const NO_TOKENS = new Int32Array(0);
/** UTF-16 units of one step, which takes about a millisecond. */
const STEP_UNITS = 4096;

function join({ before, between, after }: PairTemplate, query: Int32Array, document: Int32Array): Int32Array {
  const ids = (tokens: readonly SpecialToken[]): number[] => tokens.map(({ id }) => id);
  const parts = [ids(before), query, ids(between), document, ids(after)];
  const joined = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function replaceLoneSurrogates(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
