import { expect, test } from 'vitest';
import { deleteSegments } from '../../../dist/inspection/attribution/counterfactual.js';

test('words are deleted with one of the spaces around them', () => {
  const text = 'Paris is  the capital.';
  const at = (word: string) => ({ start: text.indexOf(word), end: text.indexOf(word) + word.length });
  expect(deleteSegments(text, [])).toBe(text);
  expect(deleteSegments(text, [at('Paris')])).toBe('is  the capital.');
  expect(deleteSegments(text, [at('is  the')])).toBe('Paris capital.');
  expect(deleteSegments(text, [at('capital')])).toBe('Paris is  the .');
  expect(deleteSegments(text, [at('the'), at('Paris')])).toBe('is  capital.');
  expect(deleteSegments(text, [at('Paris'), at('capital'), at('the'), at('.')])).toBe('is  ');
  expect(deleteSegments('大熊猫吃竹子', [{ start: 3, end: 4 }])).toBe('大熊猫竹子');
  expect(
    deleteSegments('one two', [
      { start: 0, end: 3 },
      { start: 4, end: 7 },
    ]),
  ).toBe('');
});
