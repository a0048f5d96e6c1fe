import type { AlignedText, TokenSpan } from './aligned-text.js';
import { skipBlanks, skipBlanksBackward } from './blanks.js';
import type { JsonField } from './json-field.js';
import { escapeRegExp } from './replace.js';

/** One of `added_tokens` in tokenizer.json. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** The token swallows the blanks on its left. */
  readonly lstrip: boolean;
  /** The token swallows the blanks on its right. */
  readonly rstrip: boolean;
  /** The token is looked for in the normalized text, in its own normalized form, instead of the raw text. */
  readonly normalized: boolean;
}

/** A stretch of a text: ordinary text, or an added token that is written there. */
export type Section =
  | { readonly kind: 'text'; readonly text: AlignedText }
  | { readonly kind: 'token'; readonly id: number; readonly piece: string; readonly span: TokenSpan };

/**
 * Reads an item of `added_tokens`.
 *
 * @throws TokenizationError for tokens that match whole words only (`single_word`), which are not supported
 */
export function parseAddedToken(field: JsonField): AddedToken {
  if (field.get('single_word').boolean(false))
    field.get('single_word').fail('must be false (whole-word tokens are not supported)');
  return {
    id: field.get('id').index(2 ** 31),
    content: field.get('content').string(),
    lstrip: field.get('lstrip').boolean(false),
    rstrip: field.get('rstrip').boolean(false),
    normalized: field.get('normalized').boolean(true),
  };
}

/** Finds added tokens in a text: leftmost first, of those that begin at one place the longest. */
export class AddedTokenFinder {
  readonly #tokens: ReadonlyMap<string, AddedToken>;
  readonly #pattern: RegExp | undefined;

  constructor(tokens: readonly AddedToken[]) {
    const contents = tokens.map(({ content }) => content).filter((content) => content !== '');
    contents.sort((a, b) => b.length - a.length);
    this.#tokens = new Map(tokens.map((token) => [token.content, token]));
    this.#pattern =
      contents.length === 0 ? undefined : new RegExp(contents.map(escapeRegExp).join('|'), 'gu');
  }

  /** Cuts `text` into ordinary stretches, none of them empty, and the added tokens between them. */
  *split(text: AlignedText): Generator<Section> {
    let done = 0;
    for (const { 0: content, index } of this.#pattern === undefined
      ? []
      : text.text.matchAll(this.#pattern)) {
      const token = this.#tokens.get(content);
      if (token === undefined) continue;
      const start = token.lstrip ? skipBlanksBackward(text.text, index, done) : index;
      const end = token.rstrip ? skipBlanks(text.text, index + content.length) : index + content.length;
      if (done < start) yield { kind: 'text', text: text.slice(done, start) };
      yield { kind: 'token', id: token.id, piece: content, span: text.span(start, end) };
      done = end;
    }
    if (done < text.length) yield { kind: 'text', text: text.slice(done, text.length) };
  }
}
