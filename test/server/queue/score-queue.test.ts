import { describe, expect, test } from 'vitest';
import type { Batch } from '../../../dist/batching/batch.js';
import type { EncodedPair } from '../../../dist/batching/encode-pairs.js';
import { ModelUnavailableError } from '../../../dist/errors/errors.js';
import type { BatchResult } from '../../../dist/process/answer-as-model.js';
import type { RemoteModel } from '../../../dist/process/remote-model.js';
import type { ScoredPair } from '../../../dist/server/queue/score-job.js';
import { ScoreQueue } from '../../../dist/server/queue/score-queue.js';

const LENGTH = 8;
const BUDGET = 32; // four sequences

/** A model that computes a batch when the test says so; a pair's logit is its first id. */
class FakeModel {
  readonly maxBatchTokens = BUDGET;
  readonly config = { padTokenId: 0 };
  readonly isUp = true;
  readonly batches: { readonly batch: Batch; finish: () => void; fail: (error: Error) => void }[] = [];

  compute(batch: Batch): Promise<BatchResult> {
    return new Promise((resolve, reject) => {
      const logits = Array.from(batch.lengths, (_, row) => [batch.inputIds[row * batch.seq] as number]);
      const result = { logits, computeMs: 1, tensors: 0, rssBytes: 0 };
      this.batches.push({ batch, finish: () => resolve(result), fail: reject });
    });
  }

  /** Ends the oldest batch and lets everything happen that follows from it. */
  async finishOne(): Promise<void> {
    this.batches.shift()?.finish();
    await settle();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function createQueue(maxQueueTokens = 10_000) {
  const model = new FakeModel();
  const options = { maxQueueTokens, maxWaitMs: 1e9, batchesInProcess: 1 };
  return { process: model, queue: new ScoreQueue(model as unknown as RemoteModel, options) };
}

function request(count: number, start: number, more: object = {}) {
  const range = { start: 0, end: 1 };
  const pairs = Array.from({ length: count }, (_, i): EncodedPair => {
    const inputIds = new Int32Array(LENGTH).fill(start + i);
    return { windows: [{ inputIds, ...range, query: range }], queryTokensCut: 0, documentTokensCut: 0 };
  });
  return { pairs, ...more };
}

describe('score queue', () => {
  test('a small request goes before the rest of a large one; the large one is not overtaken forever', async () => {
    const { process, queue } = createQueue();
    const order: string[] = [];
    const note = (name: string) => (): void => void order.push(name);
    const large = queue.score(request(40, 1000)).then(note('large'));
    await settle();
    const small = queue.score(request(2, 1)).then(note('small'));
    await process.finishOne(); // the large one's first batch, which was out already
    await process.finishOne();
    expect(order).toEqual(['small']);
    // A stream of small ones: each counts from when it comes, so the large one has its turn.
    const others: Promise<void>[] = [];
    for (let i = 0; i < 40 && !order.includes('large'); i += 1) {
      others.push(queue.score(request(2, 1)).then(note('other')));
      await process.finishOne();
    }
    expect(order).toContain('large');
    while (queue.admission.requests > 0) {
      await process.finishOne();
    }
    await Promise.all([large, small, ...others]);
    expect(queue.admission.tokens).toBe(0);
  });

  test('requests share batches, and each gets its own results in its order', async () => {
    const { process, queue } = createQueue();
    const answers = [queue.score(request(1, 1)), queue.score(request(2, 10)), queue.score(request(1, 20))];
    await settle();
    while (queue.admission.requests > 0) {
      expect(process.batches.length).toBe(1);
      await process.finishOne();
    }
    const logits = (await Promise.all(answers)).map(({ pairs }) => pairs.map(({ logit }) => logit));
    expect(logits).toEqual([[1], [10, 11], [20]]);
  });

  test('identical pairs of a request are computed once', async () => {
    const { process, queue } = createQueue();
    const [a, b] = request(2, 7).pairs as [EncodedPair, EncodedPair];
    const told: number[] = [];
    const answer = queue.score({ pairs: [a, b, a, a], onPair: ({ index }) => void told.push(index) });
    await settle();
    expect(process.batches.map(({ batch }) => batch.lengths.length)).toEqual([2]);
    await process.finishOne();
    expect((await answer).pairs.map(({ index, logit }) => [index, logit])).toEqual([
      [0, 7],
      [1, 8],
      [2, 7],
      [3, 7],
    ]);
    expect(told.sort()).toEqual([0, 1, 2, 3]);
  });

  test('all or nothing: a request that does not fit is refused at once and takes no room', async () => {
    const { process, queue } = createQueue(50);
    const first = queue.score(request(5, 1));
    await expect(queue.score(request(2, 1))).rejects.toMatchObject({ code: 'overloaded' });
    expect(queue.admission).toMatchObject({ tokens: 40, requests: 1 });
    await settle();
    await process.finishOne();
    await process.finishOne();
    expect((await first).pairs).toHaveLength(5);
  });

  test('an abort takes a request out before its batch, and leaves the others alone', async () => {
    const { process, queue } = createQueue();
    const controller = new AbortController();
    const busy = queue.score(request(4, 1));
    await settle();
    const gone = queue.score(request(4, 10, { signal: controller.signal }));
    const stays = queue.score(request(4, 20));
    await settle();
    controller.abort(new Error('left'));
    await expect(gone).rejects.toThrow('left');
    await process.finishOne();
    expect(process.batches[0]?.batch.inputIds[0]).toBe(20);
    await process.finishOne();
    expect((await stays).pairs[0]?.logit).toBe(20);
    await busy;
    expect(process.batches).toEqual([]);
  });

  test('a lost batch fails its requests only', async () => {
    const { process, queue } = createQueue();
    const inside = queue.score(request(4, 1));
    await settle();
    const waiting = queue.score(request(4, 10));
    await settle();
    process.batches.shift()?.fail(new ModelUnavailableError('gone'));
    await expect(inside).rejects.toThrow('gone');
    await process.finishOne();
    expect((await waiting).pairs).toHaveLength(4);
  });

  test('what comes back after a deadline is not told any more', async () => {
    const { process, queue } = createQueue();
    const told: number[] = [];
    const call = queue.score(
      request(8, 1, { deadlineMs: 1, onPair: ({ index }: ScoredPair) => told.push(index) }),
    );
    expect((await call).pairs).toEqual([]);
    await process.finishOne();
    await process.finishOne();
    expect(told).toEqual([]);
    expect(queue.admission).toMatchObject({ tokens: 0, requests: 0 });
  });
});
