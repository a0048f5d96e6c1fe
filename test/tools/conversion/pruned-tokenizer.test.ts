import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PairTokenizer } from '../../../dist/tokenizer/tokenizer.js';
import { pruneTokenizer } from '../../../dist/tools/conversion/pruned-tokenizer.js';
import { MINI } from '../../support/fixtures.js';

const json = JSON.parse(readFileSync(path.join(MINI, 'tokenizer.json'), 'utf8'));
const whole = PairTokenizer.parse(json, undefined, MINI);

const CORPUS = [
  'The bridge over the river was finished in 1882.',
  'Bananas ripen faster beside apples; nobody knows why!',
];

function prune(texts: readonly string[], minCount = 1) {
  const counts = new Uint32Array(whole.vocabSize);
  for (const id of texts.flatMap((text) => [...whole.encode(text)])) {
    counts[id] = (counts[id] ?? 0) + 1;
  }
  const pruned = pruneTokenizer(json, counts, minCount);
  return { ...pruned, tokenizer: PairTokenizer.parse(pruned.tokenizerJson, undefined, 'pruned') };
}

test('texts of the corpus are cut as before, into the same pieces under new ids', () => {
  const { tokenizer, keptIds } = prune(CORPUS);
  expect(tokenizer.vocabSize).toBe(keptIds.length);
  expect(keptIds.length).toBeLessThan(whole.vocabSize / 4);
  for (const text of CORPUS) {
    expect([...tokenizer.encode(text)].map((id) => keptIds[id])).toEqual([...whole.encode(text)]);
    expect(tokenizer.tokenize(text).pieces).toEqual(whole.tokenize(text).pieces);
  }
});

test('a pair keeps its special tokens, the mask its name', () => {
  const { tokenizer, keptIds } = prune(CORPUS);
  const options = { maxLength: 512, truncation: 'longest_first' } as const;
  const [query, document] = CORPUS as [string, string];
  const before = whole.encodePair(query, document, options).inputIds;
  const after = tokenizer.encodePair(query, document, options).inputIds;
  expect([...after].map((id) => keptIds[id])).toEqual([...before]);
  expect([...tokenizer.encode('<mask>')].map((id) => keptIds[id])).toEqual([...whole.encode('<mask>')]);
});

test('unseen words of the same script can still be spelled, other scripts are unknown', () => {
  const { tokenizer } = prune(CORPUS);
  const unknown = (text: string): number =>
    tokenizer.encode(text).filter((id) => id === tokenizer.unknownId).length;
  expect(unknown('Quizzical jackdaws vex 37 sphinxes? ($4.50)')).toBe(0);
  expect(unknown('长城')).toBeGreaterThan(0);
  expect(prune([...CORPUS, '石桥']).tokenizer.encode('长城')).not.toContain(tokenizer.unknownId);
});

test('rare pieces are removed with a larger count', () => {
  const often = prune([...CORPUS, ...CORPUS, 'A zeppelin.'], 2);
  expect(often.keptIds.length).toBeLessThan(prune([...CORPUS, 'A zeppelin.']).keptIds.length);
  expect(often.tokenizer.tokenize(CORPUS[0] as string)).toEqual({
    ...whole.tokenize(CORPUS[0] as string),
    ids: expect.any(Int32Array),
  });
});

test('the score of unknown characters does not change', () => {
  const lowest = (vocab: readonly (readonly [string, number])[]): number =>
    Math.min(...vocab.map(([, score]) => score));
  const { tokenizerJson } = prune(CORPUS);
  expect(lowest((tokenizerJson as typeof json).model.vocab)).toBe(lowest(json.model.vocab));
});

test('other kinds of tokenizers', () => {
  expect(() => pruneTokenizer({ model: { type: 'BPE', vocab: [] } }, new Uint32Array(1), 1)).toThrow(
    /BPE.*Unigram/,
  );
});
