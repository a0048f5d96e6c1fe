import { expect, test } from 'vitest';
import { termsOf } from '../../dist/retrieval/index.js';

test.each([
  ["The Panthers' defense", ['the', 'panthers', 'defense']],
  ['熊猫吃 bamboo', ['熊', '熊猫', '猫', '猫吃', '吃', 'bamboo']],
  ['丢了308分', ['丢', '丢了', '了', '308', '分']],
  ['熊。猫', ['熊', '猫']], // no pair over a mark
  ['A380, A 380', ['a', '380', 'a', '380']],
  ['ＮＦＬ ﬁne', ['nfl', 'fine']],
  ['Crème Größe ÉCOLE', ['crème', 'größe', 'école']],
  ['cre\u0300me', ['crème']],
  ['हिन्दी भाषा', ['हिन्दी', 'भाषा']],
  ['한국어 문장', ['한국어', '문장']],
  ['カタカナ', ['カ', 'カタ', 'タ', 'タカ', 'カ', 'カナ', 'ナ']],
  ['𠮷野家', ['𠮷', '𠮷野', '野', '野家', '家']], // beyond U+FFFF
  ['', []],
  ['... --- 🐼', []],
])('%j', (text, terms) => {
  expect(termsOf(text)).toEqual(terms);
});

test('the terms of a long Chinese text without a mark', () => {
  expect(termsOf('熊猫'.repeat(200_000))).toHaveLength(799_999);
});
