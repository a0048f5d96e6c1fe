import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bestWindow } from '../../dist/batching/best-window.js';
import type { Model } from '../../dist/engine/model.js';
import { openModel } from '../../dist/engine/open.js';
import type { BestWindow } from '../../dist/engine/types.js';
import { InputError } from '../../dist/errors/errors.js';
import { Reranker } from '../../dist/reranker/reranker.js';
import { MINI } from '../support/fixtures.js';

const QUERY = 'capital of France';
const FILLER = 'Bananas ripen faster beside apples. ';
const ANSWER = 'Paris is the capital of France.';

describe('windows over documents that are too long', () => {
  let scorer: Model;
  let reranker: Reranker;
  beforeAll(async () => {
    scorer = await openModel(MINI, { backend: 'wasm', maxLength: 64 });
    reranker = new Reranker(scorer);
  });
  afterAll(() => scorer?.dispose());

  const windows = { maxWindows: 20, overlapTokens: 16 };

  test('an answer after the limit is found, and its window is reported', async () => {
    const idle = memory().numTensors;
    const document = FILLER.repeat(12) + ANSWER;
    const [cut] = await reranker.score([{ query: QUERY, document }]);
    const [whole, short] = await reranker.score(
      [
        { query: QUERY, document },
        { query: QUERY, document: ANSWER },
      ],
      { windows },
    );
    expect(cut?.window).toBeUndefined();
    expect(cut?.usage.documentTokensCut).toBeGreaterThan(0);
    expect(whole?.logit).toBeGreaterThan(cut?.logit as number);
    expect(whole?.usage.documentTokensCut).toBe(0);
    if (whole?.window === undefined) throw new Error('the document was not cut into windows');
    const { index, of, start, end } = whole.window;
    expect(of).toBeGreaterThan(2);
    expect(index).toBe(of - 1);
    expect(end).toBe(scorer.tokenizer.encode(document).length);
    expect(end - start).toBeLessThanOrEqual(64 - 4);
    expect(short).toEqual((await reranker.score([{ query: QUERY, document: ANSWER }]))[0]);
    expect(memory().numTensors).toBe(idle);
  });

  test('a window has the same score as its text alone', async () => {
    const document = FILLER.repeat(12) + ANSWER;
    const [result] = await reranker.score([{ query: QUERY, document }], { windows });
    const window = result?.window as BestWindow;
    const { tokenizer } = scorer;
    const part = tokenizer.encode(document).subarray(window.start, window.end);
    const inputIds = tokenizer.joinPair(tokenizer.encode(QUERY), part);
    expect(inputIds.length).toBeLessThanOrEqual(64);
    const [[alone]] = (await scorer.scoreSequences([inputIds])) as [[number]];
    expect(Math.abs(alone - (result?.logit as number))).toBeLessThan(2e-5);
  });

  test('rankings have them too', async () => {
    const documents = [FILLER.repeat(14), FILLER.repeat(14) + ANSWER];
    const [best] = await reranker.rank(QUERY, documents, { windows });
    expect(best?.index).toBe(1);
    expect(best?.window?.of).toBeGreaterThan(2);
  });

  test.each([
    [{ maxWindows: 0, overlapTokens: 0 }, /maxWindows is 0/],
    [{ maxWindows: 1.5, overlapTokens: 0 }, /maxWindows is 1.5/],
    [{ maxWindows: 2, overlapTokens: -1 }, /overlapTokens is -1/],
  ])('%j is refused', async (wrong, message) => {
    const call = reranker.score([{ query: 'q', document: 'd' }], { windows: wrong });
    await expect(call).rejects.toThrow(InputError);
    await expect(call).rejects.toThrow(message);
  });

  test('windows that overlap entirely are refused; by default they overlap by at most half', async () => {
    const pair = { query: QUERY, document: FILLER.repeat(20) };
    const tokens = scorer.tokenizer.encode(pair.document).length;
    const window = 64 - 4 - scorer.tokenizer.encode(QUERY).length;
    const call = reranker.score([pair], { windows: { maxWindows: 1000, overlapTokens: window } });
    await expect(call).rejects.toThrow(
      `overlap by ${window} tokens, and beside the query they have ${window}`,
    );
    const [result] = await reranker.score([pair], { windows: { maxWindows: 1000 } });
    expect(result?.window?.of).toBe(1 + Math.ceil((tokens - window) / Math.ceil(window / 2)));
  });
});

test('the best window has the largest logit; if one is not finite, the document fails', () => {
  expect(bestWindow([[-1], [2], [1.5]])).toBe(1);
  expect(bestWindow([[-1], [2], [Number.NaN]])).toBe(2);
});
