import { expect, test } from 'vitest';
import { readAllLines, readLines } from '../../../dist/cli/io/lines.js';

async function* stream(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}

const source = (...chunks: (string | Uint8Array)[]) => ({ name: 'x', stream: stream(chunks) });

async function texts(...chunks: (string | Uint8Array)[]): Promise<(readonly [number, string])[]> {
  return (await readAllLines(source(...chunks))).map(({ number, text }) => [number, text] as const);
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

test('a character may come in two pieces', async () => {
  const bytes = Buffer.from('熊猫\n');
  expect(await texts(bytes.subarray(0, 4), bytes.subarray(4))).toEqual([[1, '熊猫']]);
});

test('invalid bytes are the problem of their line only', async () => {
  const lines = await readAllLines(
    source('a\n', Buffer.from('café', 'latin1'), '\nb \ufffd\n', Buffer.from([0xe7])),
  );
  expect(lines).toMatchObject([
    { number: 1, text: 'a' },
    { number: 2, text: '', problem: 'byte 4 of the line: the byte 0xE9 is not UTF-8. Save it as UTF-8.' },
    { number: 3, text: 'b \ufffd' },
    { number: 4, text: '', problem: 'byte 1 of the line: the byte 0xE7 is not UTF-8. Save it as UTF-8.' },
  ]);
});

test.each(['UTF-8', 'UTF-16LE', 'UTF-16BE'])('%s with a mark, however it comes in pieces', async (name) => {
  // In UTF-16 the bytes of a line end stand across U+0A0D and U+0D00, and across U+0D00 and U+0A0D.
  const text = '\ufeffa\r\n\u0a0d\u0d00\u0a0d\n\r\n熊\n\n😀 \ufffd';
  const le = Buffer.from(text, 'utf16le');
  const bytes = name === 'UTF-8' ? Buffer.from(text) : name === 'UTF-16LE' ? le : Buffer.from(le).swap16();
  const expected = [
    [1, 'a'],
    [2, '\u0a0d\u0d00\u0a0d'],
    [4, '熊'],
    [6, '😀 \ufffd'],
  ];
  for (const size of [1, 2, 3, 5, bytes.length]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    expect(await texts(...pieces)).toEqual(expected);
  }
});

test('half a character of UTF-16 is the problem of its line', async () => {
  const lines = await readAllLines(
    source(Buffer.from('\ufeffa\nb\ud83d\nc', 'utf16le'), Buffer.from([0x64])),
  );
  expect(lines).toMatchObject([
    { number: 1, text: 'a' },
    {
      number: 2,
      problem: expect.stringContaining('byte 3 of the line: half a character of UTF-16LE (0x3DD8).'),
    },
    { number: 3, problem: expect.stringContaining('byte 3 of the line: half a character') },
  ]);
});

test('an input in another encoding is refused', async () => {
  await expect(texts(Buffer.from('ab', 'utf16le'))).rejects.toThrow(
    'x looks like UTF-16 and has no byte order mark',
  );
});

test('a short line is available at once', async () => {
  const lines = readLines(source('ab\n', 'c\n'));
  expect((await lines.next()).value).toMatchObject([{ text: 'ab' }]);
});

test('U+2028, which JSON may hold, ends no line', async () => {
  expect(await texts('"a\u2028b"\n')).toEqual([[1, '"a\u2028b"']]);
});

test('lines are given as they arrive', async () => {
  const pieces: string[][] = [];
  for await (const lines of readLines(source('a\nb', 'c\n', 'd'))) {
    pieces.push(lines.map(({ text }) => text));
  }
  expect(pieces).toEqual([['a'], ['bc'], [], ['d']]);
});

test('a line of a megabyte is a line; one beyond the limit is not kept', async () => {
  const megabyte = 'x'.repeat(2 ** 20);
  expect(await texts(...Array.from(megabyte.matchAll(/x{65536}/g), ([piece]) => piece))).toEqual([
    [1, megabyte],
  ]);
  const lines = await readAllLines(source(...Array.from({ length: 17 }, () => megabyte), '\nb\n'));
  expect(lines.map(({ text, problem }) => ({ text, problem }))).toEqual([
    { text: '', problem: 'The line has more than 16777216 characters.' },
    { text: 'b', problem: undefined },
  ]);
});
