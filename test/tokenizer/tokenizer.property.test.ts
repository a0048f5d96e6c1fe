import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PairTokenizer } from '../../dist/tokenizer/tokenizer.js';
import { truncatePair } from '../../dist/tokenizer/truncation.js';

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../weights/mini-en-zh/${name}`, import.meta.url), 'utf8'));
}

const tokenizer = PairTokenizer.parse(readJson('tokenizer.json'), readJson('tokenizer_config.json'), 'mini');

/** Any UTF-16, including lone surrogates, with many characters that normalization and graphemes treat specially. */
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
      fc.constantFrom(
        ' ',
        '  ',
        '\n',
        '\x01',
        'a',
        'the ',
        '中',
        'e\u0301',
        'ﬁ',
        '½',
        '\u0301',
        '\u200d',
        '😀',
        '\ud83d',
        '\ude00',
        '<s>',
        ' <mask>',
        '▁',
      ),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

const maxLength = fc.integer({ min: 5, max: 40 });
const truncation = fc.constantFrom('longest_first', 'only_second');
const length = fc.integer({ min: 0, max: 60 });

describe('tokenize', () => {
  it('never throws, gives valid ids, and spans that go forward inside the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const wellFormed = text.replace(/\p{Surrogate}/gu, '\ufffd');
        const { ids, pieces, starts, ends } = tokenizer.tokenize(text);
        expect(tokenizer.encode(text)).toEqual(ids);
        expect([pieces.length, starts.length, ends.length]).toEqual([ids.length, ids.length, ids.length]);
        for (let i = 0; i < ids.length; i++) {
          const [id = -1, start = -1, end = -1] = [ids[i], starts[i], ends[i]];
          expect(id).toBeGreaterThanOrEqual(0);
          expect(id).toBeLessThan(tokenizer.vocabSize);
          expect(start).toBeGreaterThanOrEqual(starts[i - 1] ?? 0);
          expect(end).toBeGreaterThanOrEqual(ends[i - 1] ?? 0);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          // No span cuts a character in two.
          expect(wellFormed.slice(start, end)).not.toMatch(/\p{Surrogate}/u);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('gives the same for a lone surrogate as for U+FFFD', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokenizer.tokenize(text)).toEqual(
          tokenizer.tokenize(text.replace(/\p{Surrogate}/gu, '\ufffd')),
        );
      }),
    );
  });
});

describe('pairs', () => {
  it('keep the beginning of both texts and report what they cut', () => {
    fc.assert(
      fc.property(anyText, anyText, maxLength, truncation, (query, document, longest, strategy) => {
        const q = tokenizer.encode(query);
        const d = tokenizer.encode(document);
        const pair = tokenizer.encodePair(query, document, { maxLength: longest, truncation: strategy });
        expect(pair.queryTokens + pair.queryTokensCut).toBe(q.length);
        expect(pair.documentTokens + pair.documentTokensCut).toBe(d.length);
        expect(pair.inputIds.length).toBeLessThanOrEqual(longest);
        expect([...pair.inputIds]).toEqual([
          0,
          ...q.slice(0, pair.queryTokens),
          2,
          2,
          ...d.slice(0, pair.documentTokens),
          2,
        ]);
        expect(tokenizer.encodePair(query, document, { maxLength: longest, truncation: strategy })).toEqual(
          pair,
        );
        const explained = tokenizer.placePair(query, document, {
          maxLength: longest,
          truncation: strategy,
        });
        expect(explained.tokens.map(({ id }) => id)).toEqual([...pair.inputIds]);
        expect(explained.queryCut.length + explained.documentCut.length).toBe(
          pair.queryTokensCut + pair.documentTokensCut,
        );
      }),
    );
  });

  it('are cut only if they are too long, and then fill the limit', () => {
    fc.assert(
      fc.property(length, length, maxLength, (query, document, longest) => {
        const kept = truncatePair({ query, document }, 4, {
          maxLength: longest,
          truncation: 'longest_first',
        });
        expect(kept.query + kept.document).toBe(Math.min(query + document, longest - 4));
        expect(kept.query).toBeLessThanOrEqual(query);
        expect(kept.document).toBeLessThanOrEqual(document);
      }),
    );
  });

  it('lose tokens one by one from the longer side with longest_first, the query first when both are equal', () => {
    fc.assert(
      fc.property(length, length, maxLength, (query, document, longest) => {
        let [q, d] = [query, document];
        while (q + d > longest - 4) q > d || (q === d && query <= document) ? q-- : d--;
        const kept = truncatePair({ query, document }, 4, {
          maxLength: longest,
          truncation: 'longest_first',
        });
        expect([kept.query, kept.document]).toEqual([q, d]);
      }),
    );
  });
});
