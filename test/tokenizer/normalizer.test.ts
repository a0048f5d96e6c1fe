import { describe, expect, it } from 'vitest';
import { TokenizationError } from '../../dist/errors/errors.js';
import { AlignedText } from '../../dist/tokenizer/aligned-text.js';
import { JsonField } from '../../dist/tokenizer/json-field.js';
import { parseNormalizer } from '../../dist/tokenizer/normalizer.js';

function normalize(type: string, text: string): AlignedText {
  return parseNormalizer(new JsonField({ type }, 'tokenizer.json')).normalize(AlignedText.of(text));
}

describe('the normalization forms', () => {
  // The engine's own function takes the square of the number of marks, which would be minutes.
  it.each(['NFC', 'NFD', 'NFKC', 'NFKD'])('%s takes 300,000 marks in the wrong order', (form) => {
    const pairs = 150_000;
    const { text } = normalize(form, `x${'\u0301\u0323'.repeat(pairs)}`);
    expect(text.endsWith('\u0323'.repeat(9) + '\u0301'.repeat(pairs))).toBe(true);
  });

  it('return a text unchanged that is normalized already', () => {
    const text = AlignedText.of('é 中文 한글 abc');
    expect(parseNormalizer(new JsonField({ type: 'NFC' }, 'tokenizer.json')).normalize(text)).toBe(text);
  });

  it('leave characters alone that are newer than the tables of Python', () => {
    // U+1E030 (Unicode 15) decomposes to U+0430; U+0897 (Unicode 16) is a mark.
    for (const text of ['\u{1e030}', '\u32ff', 'a\u0301\u0897\u0323']) {
      expect(normalize('NFKD', text).text).toBe(text);
    }
    expect(normalize('StripAccents', 'a\u0301\u0897').text).toBe('a\u0897');
  });
});

it('steps that lengthen a text repeatedly are stopped, and ordinary ones are not', () => {
  const double = { type: 'Replace', pattern: { String: 'a' }, content: 'aa' };
  const sequence = (times: number) => {
    const value = { type: 'Sequence', normalizers: new Array(times).fill(double) };
    return parseNormalizer(new JsonField(value, 'tokenizer.json'));
  };
  const text = AlignedText.of('a'.repeat(1000));
  expect(sequence(6).normalize(text).length).toBe(64_000);
  expect(() => sequence(30).normalize(text)).toThrow(TokenizationError);
  expect(() => sequence(30).normalize(text)).toThrow(
    /makes a text of 1000 characters more than 64 times as long/,
  );
  expect(normalize('NFKD', '\ufdfa'.repeat(9)).length).toBe(9 * 18);
});

it('Lowercase does not depend on the end of a word', () => {
  expect(normalize('Lowercase', 'ΟΔΟΣ İ').text).toBe('οδοσ i\u0307');
});
