import { ConfigError } from '../../errors/errors.js';
import { parseAddedTokens } from '../../tokenizer/added-tokens.js';
import { JsonField } from '../../tokenizer/json-field.js';
import { PieceTrie } from '../../tokenizer/piece-trie.js';

/** A tokenizer.json with fewer pieces. */
export interface PrunedTokenizer {
  /** Content of the new tokenizer.json. */
  readonly tokenizerJson: unknown;
  /** The old id of each new one, ascending: the rows of the word table that are kept. */
  readonly keptIds: Int32Array;
}

interface UnigramFile {
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
  readonly post_processor?: unknown;
  readonly model: {
    readonly type?: string;
    readonly unk_id: number;
    readonly vocab: readonly (readonly [piece: string, score: number])[];
  };
}

/** Scripts that are distinguished; characters of none of them (digits, punctuation) are always kept. */
const SCRIPTS = [
  ...['Arabic', 'Armenian', 'Bengali', 'Cyrillic', 'Devanagari', 'Ethiopic', 'Georgian', 'Greek', 'Gujarati'],
  ...['Gurmukhi', 'Han', 'Hangul', 'Hebrew', 'Hiragana', 'Kannada', 'Katakana', 'Khmer', 'Lao', 'Latin'],
  ...['Malayalam', 'Myanmar', 'Oriya', 'Sinhala', 'Tamil', 'Telugu', 'Thai', 'Tibetan'],
].map((name) => new RegExp(`\\p{Script=${name}}`, 'u'));

const WORD_START = '▁';

/**
 * Removes the pieces from a Unigram tokenizer that a corpus does not need.
 *
 * Kept are: pieces used at least `minCount` times; single characters of the scripts of those pieces and of no script,
 * so that unseen words can still be spelled; added tokens, and all ids before the first ordinary piece; the piece with
 * lowest score, from which the score of unknown characters is derived. Scores do not change, so a text whose pieces are
 * all kept has the same tokens as before.
 *
 * @param counts how often the corpus uses each id.
 * @throws ConfigError for a tokenizer that is not Unigram.
 */
export function pruneTokenizer(
  tokenizerJson: unknown,
  counts: Readonly<Uint32Array>,
  minCount: number,
): PrunedTokenizer {
  const file = tokenizerJson as UnigramFile;
  const { vocab, unk_id, type = 'Unigram' } = file.model;
  if (type !== 'Unigram') {
    throw new ConfigError(
      `The vocabulary of a ${type} tokenizer cannot be pruned; only those of Unigram can.`,
    );
  }
  const addedIds = idsOfAddedTokens(file);
  const added = new Set(addedIds.values());
  const isUsed = (id: number): boolean => (counts[id] ?? 0) >= minCount;
  const scripts = SCRIPTS.filter((script) => vocab.some(([piece], id) => isUsed(id) && script.test(piece)));
  const isSpelling = (piece: string): boolean => {
    const [character = '', ...more] = [...piece.replace(WORD_START, '')];
    const known = SCRIPTS.find((script) => script.test(character));
    return more.length === 0 && (known === undefined || scripts.includes(known));
  };
  const lowest = lowestScore(vocab, added);
  const kept = vocab.flatMap(([piece, score], id) =>
    id <= unk_id || added.has(id) || isUsed(id) || score === lowest || isSpelling(piece) ? [id] : [],
  );
  for (const id of added) {
    if (id >= vocab.length) {
      kept.push(id);
    }
  }
  const keptIds = Int32Array.from(kept).sort();
  return { tokenizerJson: renumber(file, addedIds, keptIds), keptIds };
}

/** By content: the ids that the tokenizer gives to added tokens, which sometimes differ from those in the file. */
function idsOfAddedTokens({ added_tokens, model }: UnigramFile): ReadonlyMap<string, number> {
  const field = new JsonField(added_tokens, 'tokenizer.json', 'added_tokens');
  const vocabulary = new PieceTrie(model.vocab.map(([piece]) => piece));
  const tokens = parseAddedTokens(field, vocabulary, model.vocab.length);
  return new Map(tokens.map(({ content, id }) => [content, id]));
}

/** The lowest of the ordinary pieces' scores: the tokenizer gives unknown characters a score below it. */
function lowestScore(vocab: UnigramFile['model']['vocab'], added: ReadonlySet<number>): number {
  return vocab.reduce((lowest, [, score], id) => (added.has(id) ? lowest : Math.min(lowest, score)), 0);
}

function renumber(file: UnigramFile, addedIds: ReadonlyMap<string, number>, keptIds: Int32Array): unknown {
  const newIds = new Map(Array.from(keptIds, (old, id) => [old, id]));
  const renumbered = (old: number): number => {
    const id = newIds.get(old);
    if (id === undefined) {
      throw new ConfigError(
        `tokenizer.json refers to id ${old}, which is not an added token; the vocabulary cannot be pruned.`,
      );
    }
    return id;
  };
  const { vocab } = file.model;
  return {
    ...file,
    added_tokens: file.added_tokens?.map((token) => ({
      ...token,
      id: renumbered(addedIds.get(token.content) ?? token.id),
    })),
    post_processor: renumberTemplate(file.post_processor, renumbered),
    model: {
      ...file.model,
      unk_id: renumbered(file.model.unk_id),
      vocab: Array.from(keptIds).flatMap((id) => (id < vocab.length ? [vocab[id]] : [])),
    },
  };
}

/** The ids in a TemplateProcessing (`special_tokens.*.ids`), in a RobertaProcessing (`sep`, `cls`) and in a Sequence. */
function renumberTemplate(template: unknown, renumbered: (id: number) => number): unknown {
  if (typeof template !== 'object' || template === null) {
    return template;
  }
  const parts: Record<string, unknown> = { ...template };
  if (Array.isArray(parts.processors)) {
    parts.processors = parts.processors.map((part: unknown) => renumberTemplate(part, renumbered));
  }
  for (const name of ['sep', 'cls']) {
    const part = parts[name];
    if (Array.isArray(part)) {
      parts[name] = [part[0], renumbered(part[1] as number)];
    }
  }
  if (typeof parts.special_tokens === 'object' && parts.special_tokens !== null) {
    parts.special_tokens = Object.fromEntries(
      Object.entries(parts.special_tokens as Record<string, { ids: number[] }>).map(([name, token]) => [
        name,
        { ...token, ids: token.ids.map(renumbered) },
      ]),
    );
  }
  return parts;
}
