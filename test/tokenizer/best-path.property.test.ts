import { Unigram } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BestPath } from '../../dist/tokenizer/best-path.js';
import { JsonField } from '../../dist/tokenizer/json-field.js';
import { NONE, PieceTrie } from '../../dist/tokenizer/piece-trie.js';
import { parseUnigramVocabulary } from '../../dist/tokenizer/vocabulary.js';
import { WordCache } from '../../dist/tokenizer/word-cache.js';

/** Few letters, so that pieces overlap; the emoji takes two UTF-16 units, and shares the first with another. */
const letters = fc.constantFrom('▁', 'a', 'b', '中', '😀', '😁');
const piece = fc.array(letters, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
const word = fc.array(fc.oneof(letters, fc.constantFrom('x', '𠮷')), { maxLength: 40 });
/** Multiples of a half: sums are exact, and ties common. */
const score = fc.integer({ min: -20, max: 0 }).map((half) => half / 2);
const vocabulary = fc
  .array(fc.tuple(piece, score), { maxLength: 40 })
  .map((rows) => ({ type: 'Unigram', unk_id: 0, vocab: [['<unk>', 0], ...rows] }));

function parse(model: object): BestPath {
  return new BestPath(parseUnigramVocabulary(new JsonField(model, 'tokenizer.json')));
}

describe('the best path', () => {
  it('is that of @huggingface/tokenizers, with unknown neighbours joined, for any vocabulary', () => {
    fc.assert(
      fc.property(vocabulary, fc.array(word, { maxLength: 5 }), (model, words) => {
        const library = new Unigram(model, '');
        const paths = parse(model);
        for (const text of words.map((parts) => parts.join(''))) {
          const expected: { id: number; text: string }[] = [];
          for (const part of library.tokenize(text)) {
            const id = library.tokens_to_ids.get(part) ?? 0;
            const last = expected.at(-1);
            if (id === 0 && last?.id === 0) last.text += part;
            else expected.push({ id, text: part });
          }
          expect(paths.pieces(text)).toEqual(expected);
          expect(paths.ids(text)).toEqual(expected.map(({ id }) => id));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('does not depend on the words before, short or long', () => {
    const paths = parse({
      type: 'Unigram',
      unk_id: 0,
      vocab: Object.entries({ '<unk>': 0, a: -1, aa: -1.5 }),
    });
    const count = (text: string) => paths.ids(text).length;
    expect(['aaa', 'a'.repeat(100_000), 'x', 'aaaa', ''].map(count)).toEqual([2, 50_000, 1, 2, 0]);
  });
});

describe('the cache of words', () => {
  it('gives the results of the search, also for more words than it holds', () => {
    const rows = [
      ['<unk>', 0],
      ['1', -1],
      ['11', -1.5],
    ];
    const paths = parse({ type: 'Unigram', unk_id: 0, vocab: rows });
    const words = new WordCache(paths);
    for (const round of [1, 2]) {
      for (let number = 0; number < 30_000; number++) {
        const text = String(number);
        if (String(words.ids(text)) !== String(paths.ids(text))) expect.fail(`${text} in round ${round}`);
      }
    }
  });
});

describe('the trie', () => {
  it('holds its pieces and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 6 })), (pieces) => {
        const trie = new PieceTrie(pieces);
        const find = (text: string): number => {
          let node = trie.root;
          for (let at = 0; at < text.length && node !== NONE; at++) {
            node = trie.child(node, text.charCodeAt(at));
          }
          return node === NONE ? NONE : trie.idAt(node);
        };
        for (const text of [...pieces, '', ...pieces.map((part) => part.slice(0, 2))]) {
          expect(find(text)).toBe(pieces.lastIndexOf(text));
          expect(find(`${text}\uffff`)).toBe(pieces.lastIndexOf(`${text}\uffff`));
        }
      }),
    );
  });

  it('finds every piece in the fullest of tables', () => {
    // 48,000 nodes without a common edge: just under three quarters of 65,536 slots.
    const pieces = Array.from({ length: 48_000 }, (_, i) => String.fromCharCode(i));
    const trie = new PieceTrie(pieces);
    expect(pieces.findIndex((_, i) => trie.idAt(trie.child(trie.root, i)) !== i)).toBe(-1);
    expect(trie.child(trie.root, 0xffff)).toBe(NONE);
  });
});
