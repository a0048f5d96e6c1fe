import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { excerpt } from '../../../src/server/pages/client/playground/excerpt.js';
import { barOf, formatScore } from '../../../src/server/pages/client/playground/score-format.js';
import { toCode } from '../../../src/server/pages/client/playground/snippets.js';
import {
  documentsOfFile,
  documentsOfLines,
} from '../../../src/server/pages/client/playground/text-documents.js';

describe('documents of a text', () => {
  test('are its lines, whatever ends them; blank ones are none', () => {
    expect(documentsOfLines('a\r\n b \n\n \rc')).toEqual(['a', ' b ', 'c']);
  });
  test('of a .jsonl file are strings or texts of objects', () => {
    expect(documentsOfFile('a.JSONL', '"a"\r\n\n{"text": "b\\nc", "id": 1}\n" "\n')).toEqual(['a', 'b\nc']);
    expect(documentsOfFile('a.txt', '"a"')).toEqual(['"a"']);
  });
  test.each([
    ['{', 'a.jsonl line 2 is not JSON'],
    ['{"text": 1}', 'a.jsonl line 2 is no document'],
    ['null', 'a.jsonl line 2 is no document'],
  ])('%s is refused', (line, message) => {
    expect(() => documentsOfFile('a.jsonl', `"a"\n${line}`)).toThrow(message);
  });
});

describe('an excerpt', () => {
  const isWhole = (text: string): boolean => !/\p{Surrogate}/u.test(text);
  const text = fc.string({ unit: 'grapheme', maxLength: 1500 });
  const join = (stretches: readonly { readonly text: string }[]) =>
    stretches.map(({ text }) => text).join('');

  test('that is whole has every character, the cut ones marked', () => {
    fc.assert(
      fc.property(text, fc.nat(1500), (text, at) => {
        const stretches = excerpt(text, at, true);
        expect(join(stretches)).toBe(text);
        expect(join(stretches.filter(({ kind }) => kind === 'cut'))).toBe(text.slice(at));
      }),
    );
  });
  test('is short, splits no character, and has text on both sides of the cut', () => {
    fc.assert(
      fc.property(text, fc.nat(1500), (text, at) => {
        const cutAt = isWhole(text) && isWhole(text.slice(0, at)) ? at : text.length;
        const stretches = excerpt(text, cutAt, false);
        expect(join(stretches).length).toBeLessThan(800);
        expect(stretches.every((stretch) => isWhole(stretch.text)) || !isWhole(text)).toBe(true);
        const cut = stretches.findIndex(({ kind }) => kind === 'cut');
        if (cut > 0) {
          expect(text.slice(0, cutAt).endsWith(stretches[cut - 1]?.text as string)).toBe(true);
          expect(text.slice(cutAt).startsWith(stretches[cut]?.text as string)).toBe(true);
        }
      }),
    );
  });
});

describe('a score', () => {
  test.each([
    [0.98765, false, '0.9877'],
    [0, false, '0.0000'],
    [0.000123, false, '1.2e−4'],
    [1.5, true, '+1.500'],
    [-9.87654, true, '−9.877'],
  ])('%d is shown', (score, isLogit, text) => {
    expect(formatScore(score, isLogit)).toBe(text);
  });
  test('has a bar: a sigmoid from the left, a logit from the middle', () => {
    expect(barOf(0.25, false, 1)).toEqual({ start: 0, share: 0.25 });
    expect(barOf(5, true, 10)).toEqual({ start: 0.5, share: 0.25 });
    expect(barOf(-10, true, 10)).toEqual({ start: 0, share: 0.5 });
  });
});

describe('a request as code', () => {
  const call = { url: 'http://127.0.0.1:8080/v1/rerank', body: { query: "it's" }, hasKey: true };
  test('asks for the key in the environment, and quotes', () => {
    const curl = toCode('curl', call);
    expect(curl).toContain('-H "Authorization: Bearer $RERANK_API_KEY"');
    expect(curl).toContain(`it'\\''s`);
    expect(toCode('typescript', call)).toMatch(/Authorization: `Bearer \$\{process\.env\.RERANK_API_KEY\}`/);
  });
  test('has no header for a key if none is required', () => {
    const open = { ...call, hasKey: false };
    expect(toCode('curl', open) + toCode('typescript', open)).not.toContain('Authorization');
  });
});
