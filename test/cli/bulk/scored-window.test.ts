import { expect, test, vi } from 'vitest';
import { cutWindows, type Row } from '../../../dist/cli/bulk/row.js';
import { scoreWindow } from '../../../dist/cli/bulk/scored-window.js';
import { openModel } from '../../../dist/engine/open.js';
import { tinyModel } from '../../support/tiny-model.js';

const row = (number: number, length: number, input: Row['input'] = ''): Row => ({
  number,
  length,
  endByte: 0,
  input,
});

test('identical pairs are computed once, and each row has its own answer', async () => {
  const model = await openModel(tinyModel(), { backend: 'cpu' });
  const run = vi.spyOn(model, 'run');
  const inputs = [
    { query: 'a', document: 'in' },
    { query: 'an', document: 'he' },
    { query: 'a', document: 'in' },
    { query: 'ai', document: 'n' }, // the same letters, another border
    'a',
    { query: 'a', document: 'in' },
  ];
  const rows: Row[] = inputs.map((input, i) => row(i + 1, 1, input));
  rows.splice(2, 0, { number: 9, length: 0, endByte: 0, problem: 'broken' });
  const { window, cost } = await scoreWindow(model, rows, 'file');
  const sequences = run.mock.calls.reduce((sum, [batch]) => sum + batch.lengths.length, 0);
  expect(sequences).toBe(4);
  const alone = await model.score(inputs);
  expect(Array.from(window.logits)).toEqual(
    [0, 1, undefined, 2, 3, 4, 5].map((i) =>
      i === undefined ? 0 : expect.closeTo(alone[i]?.logits[0] as number, 5),
    ),
  );
  expect(window.bad).toEqual([{ index: 2, row: 9, reason: 'broken' }]);
  expect(cost.paddedTokens).toBeGreaterThanOrEqual(cost.tokens);
  expect(cost.tokens).toBe([0, 1, 3, 4].reduce((sum, i) => sum + (alone[i]?.usage.tokens as number), 0));
  model.dispose();
});

test('windows end after so many rows or so much text, wherever the pieces end', async () => {
  const rows = Array.from({ length: 10 }, (_, i) => row(i, i === 4 ? 100 : 10));
  const windows = async (pieces: Row[][], from = 0): Promise<number[][]> => {
    async function* source() {
      yield* pieces;
    }
    const found: number[][] = [];
    for await (const window of cutWindows(source(), { rows: 3, length: 100 }))
      found.push(window.map(({ number }) => number));
    expect(found.flat()[0]).toBe(from);
    return found;
  };
  const whole = await windows([rows]);
  expect(whole).toEqual([[0, 1, 2], [3], [4], [5, 6, 7], [8, 9]]);
  expect(await windows(rows.map((one) => [one]))).toEqual(whole);
  expect(await windows([rows.slice(4)], 4)).toEqual(whole.slice(2)); // goes on behind a window
});
