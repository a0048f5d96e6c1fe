import { expect, test } from 'vitest';
import { readAllLines, readLines } from '../../src/cli/lines.js';

async function* stream(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}

async function texts(...chunks: (string | Uint8Array)[]): Promise<(readonly [number, string])[]> {
  return (await readAllLines(stream(...chunks))).map(({ number, text }) => [number, text] as const);
}

test('lines have their numbers, blank ones count and are left out', async () => {
  expect(await texts('a\n\n  \nb\n')).toEqual([
    [1, 'a'],
    [4, 'b'],
  ]);
});

test('byte order mark, carriage returns and a last line without end', async () => {
  expect(await texts('\ufeffa\r\n\r\nb')).toEqual([
    [1, 'a'],
    [3, 'b'],
  ]);
});

test('a character may come in two pieces; wrong bytes become U+FFFD', async () => {
  const bytes = Buffer.from('熊猫\n');
  expect(await texts(bytes.subarray(0, 4), bytes.subarray(4))).toEqual([[1, '熊猫']]);
  expect(await texts(Buffer.from([0x61, 0xff, 0x62, 0xe7]))).toEqual([[1, 'a\ufffdb\ufffd']]);
});

test('U+2028, which JSON may hold, ends no line', async () => {
  expect(await texts('"a\u2028b"\n')).toEqual([[1, '"a\u2028b"']]);
});

test('lines are given as they arrive', async () => {
  const pieces: string[][] = [];
  for await (const lines of readLines(stream('a\nb', 'c\n', 'd'))) {
    pieces.push(lines.map(({ text }) => text));
  }
  expect(pieces).toEqual([['a'], ['bc'], [], ['d']]);
});

test('a line of a megabyte is a line; one beyond the limit is not kept', async () => {
  const megabyte = 'x'.repeat(2 ** 20);
  expect(await texts(...Array.from(megabyte.matchAll(/x{65536}/g), ([piece]) => piece))).toEqual([
    [1, megabyte],
  ]);
  const lines = await readAllLines(stream(...Array.from({ length: 17 }, () => megabyte), '\nb\n'));
  expect(lines.map(({ text, tooLong }) => ({ text, tooLong }))).toEqual([
    { text: '', tooLong: true },
    { text: 'b', tooLong: false },
  ]);
});
