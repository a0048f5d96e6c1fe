import type { AlignedText, TokenSpan } from './aligned-text.js';
import { skipBlanks, skipBlanksBackward } from './blanks.js';
import type { JsonField } from './json-field.js';
import { NONE, PieceTrie } from './piece-trie.js';
import { escapeRegExp } from './regex/oniguruma.js';
import { WORD_CHARACTER } from './words.js';

/** One of `added_tokens` in tokenizer.json. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** The token counts only if no letter, digit or similar character is next to it. */
  readonly singleWord: boolean;
  /** The token includes the blanks on its left. */
  readonly lstrip: boolean;
  /** The token includes the blanks on its right. */
  readonly rstrip: boolean;
  /** The token is searched in the normalized text, in its own normalized form, instead of in the raw text. */
  readonly normalized: boolean;
}

/** A stretch of a text: ordinary text, or an added token that is written there. */
export type Section =
  | { readonly kind: 'text'; readonly text: AlignedText }
  | {
      readonly kind: 'token';
      readonly id: number;
      readonly piece: string;
      readonly span: TokenSpan;
      /** The piece with the blanks that it includes. */
      readonly written: string;
    };

/**
 * Reads `added_tokens`. As in the reference, the file does not choose their ids: a token of the vocabulary has its id
 * there, and every other one gets the next free id.
 */
export function parseAddedTokens(field: JsonField, vocabulary: PieceTrie, vocabSize: number): AddedToken[] {
  if (field.isNone) return [];
  const ids = new Map<string, number>();
  const byId = new Map<number, AddedToken>();
  let next = vocabSize;
  for (const item of field.items()) {
    item.get('id').index(2 ** 31);
    const content = item.get('content').string();
    if (content === '') continue;
    const known = ids.get(content) ?? vocabulary.idOf(content);
    const id = known === NONE ? next++ : known;
    ids.set(content, id);
    byId.set(id, {
      id,
      content,
      singleWord: item.get('single_word').boolean(false),
      lstrip: item.get('lstrip').boolean(false),
      rstrip: item.get('rstrip').boolean(false),
      normalized: item.get('normalized').boolean(true),
    });
  }
  return [...byId.values()];
}

const endsWithWord = new RegExp(`[${WORD_CHARACTER}]$`, 'v');
const startsWithWord = new RegExp(`^[${WORD_CHARACTER}]`, 'v');

/** Finds added tokens in a text: the leftmost first, and of those that begin at the same place the longest. */
export class AddedTokenFinder {
  readonly #tokens: readonly AddedToken[];
  /** Their contents; the ids in it are indices into `#tokens`. */
  readonly #contents: PieceTrie;
  /** Matches the first characters of all contents; undefined if there are none. */
  readonly #beginnings: RegExp | undefined;

  constructor(tokens: readonly AddedToken[]) {
    this.#tokens = tokens.filter(({ content }) => content !== '');
    this.#contents = new PieceTrie(this.#tokens.map(({ content }) => content));
    const beginnings = new Set(this.#tokens.map(({ content }) => content.charAt(0)));
    this.#beginnings =
      beginnings.size === 0 ? undefined : new RegExp([...beginnings].map(escapeRegExp).join('|'), 'g');
  }

  /** Cuts `text` into the added tokens and the non-empty stretches between them. */
  *split(text: AlignedText): Generator<Section> {
    let done = 0;
    for (const { token, index } of this.#find(text.text)) {
      const { id, content, lstrip, rstrip } = token;
      if (token.singleWord && !standsAlone(text.text, index, index + content.length)) continue;
      const start = lstrip ? skipBlanksBackward(text.text, index, done) : index;
      const end = rstrip ? skipBlanks(text.text, index + content.length) : index + content.length;
      if (done < start) yield { kind: 'text', text: text.slice(done, start) };
      const written = text.text.slice(start, end);
      yield { kind: 'token', id, piece: content, span: text.span(start, end), written };
      done = end;
    }
    if (done < text.length) yield { kind: 'text', text: text.slice(done, text.length) };
  }

  *#find(text: string): Generator<{ readonly token: AddedToken; readonly index: number }> {
    const beginnings = this.#beginnings;
    if (beginnings === undefined) return;
    for (let from = 0; ; ) {
      beginnings.lastIndex = from;
      const index = beginnings.exec(text)?.index;
      if (index === undefined) return;
      const token = this.#tokens[this.#contents.longestAt(text, index)];
      if (token !== undefined) yield { token, index };
      from = index + (token?.content.length ?? 1);
    }
  }
}

function standsAlone(text: string, start: number, end: number): boolean {
  // A character may be two units.
  return (
    !endsWithWord.test(text.slice(Math.max(0, start - 2), start)) &&
    !startsWithWord.test(text.slice(end, end + 2))
  );
}
