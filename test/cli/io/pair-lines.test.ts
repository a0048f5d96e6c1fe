import { expect, test } from 'vitest';
import { parseJsonObject, withAnswer } from '../../../dist/cli/io/jsonl.js';
import type { Line } from '../../../dist/cli/io/lines.js';
import { detectPairFormat, parseInputLine, parsePairLine } from '../../../dist/cli/io/pair-lines.js';

const line = (text: string): Line => ({ number: 18, text, endByte: 0 });

test('JSON lines give their pair and keep their text', () => {
  const text = '{"query":"q","document":"d","id":12345678901234567890}';
  expect(parsePairLine(line(` ${text} `), 'jsonl', 'pairs.jsonl')).toEqual({
    source: { text, fields: { query: 'q', document: 'd', id: Number('12345678901234567890') } },
    pair: { query: 'q', document: 'd' },
  });
});

test('a single text is a line with "text" and without the two others', () => {
  const text = '{"text":"t","id":12345678901234567890}';
  expect(parseInputLine(line(text), 'jsonl', 'x')).toMatchObject({ source: { text }, input: 't' });
  const pair = { query: 'q', document: 'd' };
  expect(parseInputLine(line('{"query":"q","document":"d","text":"t"}'), 'jsonl', 'x')).toMatchObject({
    input: pair,
  });
  expect(parseInputLine(line('q\td'), 'tsv', 'x')).toMatchObject({ input: pair });
  for (const [wrong, problem] of [
    ['{"text":["t"]}', 'x line 18: "text" is a list; a text alone must be a string.'],
    ['{"query":"q","text":"t"}', 'x line 18: "document" is missing.'],
    ['{"document":"d","text":"t"}', 'x line 18: "query" is missing.'],
  ] as const) {
    expect(parseInputLine(line(wrong), 'jsonl', 'x')).toMatchObject({
      error: expect.stringContaining(problem),
    });
  }
  expect(parsePairLine(line(text), 'jsonl', 'x')).toMatchObject({
    error: 'x line 18: This is a text alone; "query" and "document" are needed here.',
  });
});

test('tab-separated lines: further columns stay', () => {
  const parsed = parsePairLine(line('q\td\t7\t'), 'tsv', 'pairs.tsv');
  expect(parsed).toMatchObject({ pair: { query: 'q', document: 'd' } });
  expect(parsed.source.text).toBe('{"query":"q","document":"d","columns":["7",""]}');
});

test.each([
  ['{"query":"q"}', '"document" is missing. Each line needs "query" and "document", both strings.'],
  ['{"query":null,"document":"d"}', '"query" is null. Each line needs "query" and "document", both strings.'],
  [
    '{"query":"q","document":["d"]}',
    '"document" is a list. Each line needs "query" and "document", both strings.',
  ],
  ['["q","d"]', 'The line is a list; a JSON object is expected.'],
  ['"q"', 'The line is a string; a JSON object is expected.'],
])('%s is a bad line', (text, problem) => {
  expect(parsePairLine(line(text), 'jsonl', 'pairs.jsonl')).toMatchObject({
    error: `pairs.jsonl line 18: ${problem}`,
  });
});

test('a line that is not JSON, has no tab, or is too long is a bad line', () => {
  expect(parsePairLine(line('{"query'), 'jsonl', 'x')).toMatchObject({
    error: expect.stringContaining('not JSON'),
  });
  expect(parsePairLine(line('q d'), 'tsv', 'x')).toMatchObject({ error: expect.stringContaining('no tab') });
  expect(parsePairLine({ ...line(''), problem: 'It is too long.' }, 'tsv', 'x')).toMatchObject({
    error: 'x line 18: It is too long.',
  });
});

test('the format goes by the ending, then by the first line', () => {
  expect(detectPairFormat('a.jsonl', 'q\td')).toBe('jsonl');
  expect(detectPairFormat('a.TSV', '{"query":"q"}')).toBe('tsv');
  expect(detectPairFormat('stdin', 'q\td')).toBe('tsv');
  expect(detectPairFormat('stdin', ' {"query":\t"q"}')).toBe('jsonl');
  expect(detectPairFormat('stdin', 'neither')).toBe('jsonl');
});

test('added fields leave the others as they were written', () => {
  const add = (text: string, added: Record<string, unknown>): string => {
    const object = parseJsonObject(text);
    return typeof object === 'string' ? object : withAnswer(object, added, []);
  };
  expect(add('{"id": 12345678901234567890, "x":1.50 }', { logit: 1 })).toBe(
    '{"id": 12345678901234567890, "x":1.50 ,"logit":1}\n',
  );
  expect(add('{}', { error: 'e' })).toBe('{"error":"e"}\n');
  expect(add('{"logit":7,"id":1}', { logit: 1 })).toBe('{"logit":1,"id":1}\n');
});
