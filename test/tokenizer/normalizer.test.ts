import { describe, expect, it } from 'vitest';
import { AlignedText } from '../../dist/tokenizer/aligned-text.js';
import { JsonField } from '../../dist/tokenizer/json-field.js';
import { parseNormalizer } from '../../dist/tokenizer/normalizer.js';

function normalize(type: string, text: string): AlignedText {
  return parseNormalizer(new JsonField({ type }, 'tokenizer.json')).normalize(AlignedText.of(text));
}

describe('the normalization forms', () => {
  // The engine's own function takes the square of the number of marks: minutes.
  it.each(['NFC', 'NFD', 'NFKC', 'NFKD'])('%s takes 300,000 marks in the wrong order', (form) => {
    const pairs = 150_000;
    const { text } = normalize(form, `x${'\u0301\u0323'.repeat(pairs)}`);
    expect(text.endsWith('\u0323'.repeat(9) + '\u0301'.repeat(pairs))).toBe(true);
  });

  it('give back a text that is normalized already, as it is', () => {
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

it('Lowercase knows no end of a word', () => {
  expect(normalize('Lowercase', 'ΟΔΟΣ İ').text).toBe('οδοσ i\u0307');
});
