import type { Vocabulary, VocabularyPiece } from './best-path.js';
import type { JsonField } from './json-field.js';

/** What one unknown character costs more than the least likely piece; the reference's constant. */
const UNKNOWN_PENALTY = 10;

/** A node of a character trie, as `@huggingface/tokenizers` builds it. */
export interface TrieNode {
  readonly is_leaf: boolean;
  readonly children: ReadonlyMap<string, TrieNode>;
}

/** `model` of tokenizer.json, checked. */
export interface UnigramConfig {
  readonly type: 'Unigram';
  readonly unk_id: number;
  readonly vocab: [string, number][];
}

/**
 * Reads `model` of tokenizer.json.
 *
 * @throws TokenizationError for other kinds than Unigram, byte fallback, and broken vocabularies
 */
export function parseUnigramConfig(field: JsonField): UnigramConfig {
  const type = field.get('type');
  if (type.value !== 'Unigram') type.fail('must be Unigram (others are not supported)');
  if (field.get('byte_fallback').boolean(false))
    field.get('byte_fallback').fail('must be false (byte fallback is not supported)');
  const vocab = field.get('vocab');
  const { value } = vocab;
  if (!isVocabulary(value)) return vocab.fail('must be an array of [piece, score], not empty');
  return { type: 'Unigram', unk_id: field.get('unk_id').index(value.length), vocab: value };
}

function isVocabulary(value: unknown): value is [string, number][] {
  const isRow = (row: unknown): boolean =>
    Array.isArray(row) && row.length === 2 && typeof row[0] === 'string' && Number.isFinite(row[1]);
  return Array.isArray(value) && value.length > 0 && value.every(isRow);
}

/** A Unigram vocabulary over a trie of its pieces. */
export class UnigramVocabulary implements Vocabulary {
  readonly unknownId: number;
  readonly unknownScore: number;
  readonly #root: TrieNode;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #scores: Float64Array;

  constructor(config: UnigramConfig, root: TrieNode, ids: ReadonlyMap<string, number>) {
    this.#root = root;
    this.#ids = ids;
    this.#scores = Float64Array.from(config.vocab, ([, score]) => score);
    this.unknownId = config.unk_id;
    this.unknownScore = this.#scores.reduce((least, score) => Math.min(least, score)) - UNKNOWN_PENALTY;
  }

  *piecesAt(characters: readonly string[], start: number): Generator<VocabularyPiece> {
    let node: TrieNode | undefined = this.#root;
    let text = '';
    for (let end = start; end < characters.length; ) {
      const character = characters[end++] ?? '';
      node = node.children.get(character);
      if (node === undefined) return;
      text += character;
      if (!node.is_leaf) continue;
      const id = this.#ids.get(text) ?? this.unknownId;
      yield { id, length: end - start, score: this.#scores[id] ?? this.unknownScore };
    }
  }
}
