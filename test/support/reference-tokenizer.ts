import { Unigram } from '@huggingface/tokenizers';
import { Charsmap } from '../../dist/tokenizer/charsmap.js';
import { JsonField } from '../../dist/tokenizer/json-field.js';

/** The result of a tokenizer for a text: ids, and for each its stretch of the text, in UTF-16 units. */
export interface Tokens {
  readonly ids: number[];
  readonly spans: [number, number][];
}

/** A character of a normalized text, and the stretch of the original that it stands for. */
interface Character {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** tokenizer.json of this family, as far as it is needed here. */
interface Description {
  readonly normalizer: { readonly normalizers: readonly { readonly precompiled_charsmap?: string }[] };
  readonly model: object;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A second, simple implementation of this family's tokenizer: an object for each character, graphemes by
 * `Intl.Segmenter`, the best path by `@huggingface/tokenizers`. Its time grows with the square of the text, and it has
 * no added tokens. It takes well-formed texts without any.
 */
export class ReferenceTokenizer {
  readonly #charsmap: Charsmap;
  readonly #model: Unigram;

  constructor(description: object) {
    const { normalizer, model } = description as Description;
    const table = normalizer.normalizers[0]?.precompiled_charsmap;
    this.#charsmap = Charsmap.parse(new JsonField(table, 'precompiled_charsmap'));
    this.#model = new Unigram(model, '</s>');
  }

  tokenize(text: string): Tokens {
    const tokens: Tokens = { ids: [], spans: [] };
    for (const word of wordsOf(joinSpaces(this.#normalize(text)))) this.#addPieces(word, tokens);
    return tokens;
  }

  #normalize(text: string): Character[] {
    return [...graphemes.segment(text)].flatMap(({ segment, index }) => {
      const whole = Buffer.byteLength(segment) < 6 ? this.#charsmap.lookup(segment) : undefined;
      const characters = charactersOf(segment, index);
      if (whole !== undefined) return replaceCharacters(characters, whole);
      return characters.flatMap((character) =>
        replaceCharacters([character], this.#charsmap.lookup(character.text) ?? character.text),
      );
    });
  }

  #addPieces(word: readonly Character[], { ids, spans }: Tokens): void {
    const { tokens_to_ids: known, unk_token_id: unknown } = this.#model;
    let at = 0;
    let inUnknown = false;
    for (const piece of this.#model.tokenize(word.map(({ text }) => text).join(''))) {
      const id = known.get(piece) ?? unknown;
      const characters = word.slice(at, at + [...piece].length);
      at += characters.length;
      const [start, end] = [characters[0]?.start ?? -1, characters.at(-1)?.end ?? -1];
      const last = spans.at(-1);
      if (id === unknown && inUnknown && last !== undefined) {
        last[1] = end;
      } else {
        ids.push(id);
        spans.push([start, end]);
      }
      inUnknown = id === unknown;
    }
  }
}

function charactersOf(text: string, offset: number): Character[] {
  let end = offset;
  return [...text].map((character) => {
    const start = end;
    end += character.length;
    return { text: character, start, end };
  });
}

/** New characters stand for the old ones one by one, surplus new ones for the last. */
function replaceCharacters(old: readonly Character[], replacement: string): Character[] {
  return [...replacement].map((text, i) => {
    const { start, end } = old[Math.min(i, old.length - 1)] as Character;
    return { text, start, end };
  });
}

/** Of several spaces the last one stays. */
function joinSpaces(characters: readonly Character[]): Character[] {
  return characters.filter(({ text }, i) => text !== ' ' || characters[i + 1]?.text !== ' ');
}

/** Words begin at spaces, which become `▁`; the text gets one before it unless it begins with one. */
function wordsOf(characters: readonly Character[]): Character[][] {
  const marked = characters.map((character) =>
    character.text === ' ' ? { ...character, text: '▁' } : character,
  );
  const [first] = marked;
  if (first !== undefined && first.text !== '▁') marked.unshift({ ...first, text: '▁' });
  const words: Character[][] = [];
  for (const character of marked) {
    if (character.text === '▁') words.push([]);
    words.at(-1)?.push(character);
  }
  return words;
}
