import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gatherGroups } from '../../../dist/cli/io/line-groups.js';
import type { Line } from '../../../dist/cli/io/lines.js';

const LIMITS = { lines: 4, length: 1000, idleMs: 10_000 };

function toLines(texts: readonly string[], first = 1): Line[] {
  return texts.map((text, i) => ({ number: first + i, text, endByte: 0 }));
}

async function gather(arrivals: AsyncIterable<Line[]>, limits = LIMITS): Promise<string[][]> {
  const groups: string[][] = [];
  for await (const group of gatherGroups(arrivals, limits)) {
    groups.push(group.map(({ text }) => text));
  }
  return groups;
}

async function* arrive(...pieces: readonly string[][]): AsyncGenerator<Line[]> {
  for (const piece of pieces) {
    yield toLines(piece);
  }
}

test('a group is full at the limit of lines, and the rest comes at the end', async () => {
  expect(await gather(arrive(['a', 'b', 'c'], ['d', 'e'], [], ['f']))).toEqual([
    ['a', 'b', 'c', 'd'],
    ['e', 'f'],
  ]);
});

test('a group is full at the limit of text; a longer line is a group of its own', async () => {
  const limits = { ...LIMITS, length: 5 };
  expect(await gather(arrive(['ab', 'cd', 'ef', 'longer than that', 'g']), limits)).toEqual([
    ['ab', 'cd'],
    ['ef'],
    ['longer than that'],
    ['g'],
  ]);
});

test('an incomplete group is given out if no more input comes', async () => {
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  async function* conversation(): AsyncGenerator<Line[]> {
    yield toLines(['question']);
    await answered; // the second line comes only after the answer to the first
    yield toLines(['thanks'], 2);
  }
  const groups: string[][] = [];
  for await (const group of gatherGroups(conversation(), { ...LIMITS, idleMs: 1 })) {
    groups.push(group.map(({ text }) => text));
    answer();
  }
  expect(groups).toEqual([['question'], ['thanks']]);
});

test('an error of the input comes through', async () => {
  async function* broken(): AsyncGenerator<Line[]> {
    yield toLines(['a']);
    await setTimeout(0);
    throw new Error('unplugged');
  }
  await expect(gather(broken())).rejects.toThrow('unplugged');
});

test('groups hold all lines in their order, each within the limits', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.string({ maxLength: 6 }), { maxLength: 9 })), async (pieces) => {
      const groups = await gather(arrive(...pieces), { lines: 4, length: 12, idleMs: 10_000 });
      expect(groups.flat()).toEqual(pieces.flat());
      for (const group of groups) {
        expect(group.length).toBeGreaterThan(0);
        expect(group.length).toBeLessThanOrEqual(4);
        expect(group.length === 1 || group.join('').length <= 12).toBe(true);
      }
    }),
  );
});
