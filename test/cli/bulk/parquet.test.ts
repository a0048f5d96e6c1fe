import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetMetadata } from 'hyparquet';
import { expect, test } from 'vitest';
import { ParquetTable } from '../../../dist/cli/bulk/parquet/parquet-table.js';
import type { Row } from '../../../dist/cli/bulk/row.js';
import { readParquet, writeParquet } from '../../support/parquet-file.js';
import { parseLines, runCli } from '../../support/run-cli.js';
import { temporaryFolder, tinyModel } from '../../support/tiny-model.js';

const ROWS = 500;
const query = (i: number): string => `a ${i % 3}`;
const document = (i: number): string => `${'the end '.repeat(i % 5)}熊 ${i}`;
const range = <T>(of: (i: number) => T, rows = ROWS): T[] => Array.from({ length: rows }, (_, i) => of(i));

function table(file: string, options: Parameters<typeof writeParquet>[2] = {}, rows = ROWS): string {
  return writeParquet(
    file,
    [
      { name: 'id', data: range((i) => 2n ** 63n - 1n - BigInt(i), rows), type: 'INT64' },
      { name: 'query', data: range(query, rows), type: 'STRING' },
      { name: 'document', data: range(document, rows), type: 'STRING' },
      { name: 'json', data: range((i) => ({ list: [i, null] }), rows), type: 'JSON' },
      { name: 'time', data: range((i) => new Date(i), rows), type: 'TIMESTAMP' },
      {
        name: 'maybe',
        data: range((i) => (i % 2 === 0 ? null : i / 3), rows),
        type: 'DOUBLE',
        nullable: true,
      },
    ],
    { rowGroupSize: 120, pageSize: 1000, ...options },
  );
}

async function allRows(file: string, skip = 0): Promise<Row[]> {
  const opened = await ParquetTable.open(file, undefined);
  const rows: Row[] = [];
  for await (const piece of opened.readRows(skip, new AbortController().signal)) rows.push(...piece);
  await opened.close();
  return rows;
}

test('the same scores as from JSON lines, and the other columns as they were', async () => {
  const folder = temporaryFolder();
  const file = table(path.join(folder, 'in.parquet'));
  const lines = range((i) => `${JSON.stringify({ query: query(i), document: document(i) })}\n`).join('');
  writeFileSync(path.join(folder, 'in.jsonl'), lines);
  const run = await runCli(['score', '--model', tinyModel(), '--input', folder, '--output', `${folder}/out`]);
  expect(run).toMatchObject({ code: 0, stdout: '' });
  const [before, after] = [await readParquet(file), await readParquet(`${folder}/out/in.parquet`)];
  const scored = parseLines(readFileSync(`${folder}/out/in.jsonl`, 'utf8'));
  expect(after.map(({ logit, relevance_score: score }) => [logit, score])).toEqual(
    scored.map(({ logit, relevance_score: score }) => [logit, score]),
  );
  expect(
    after.map(({ logit: _, relevance_score: __, tokens: ___, tokens_cut: ____, ...rest }) => rest),
  ).toEqual(before);
  expect(Object.keys(after[0] ?? {}).slice(-4)).toEqual(['logit', 'relevance_score', 'tokens', 'tokens_cut']);
  expect(after[0]?.tokens).toBeGreaterThan(4);
  const { row_groups: groups, num_rows: rows } = parquetMetadata(readFileSync(`${folder}/out/in.parquet`));
  expect([groups.length, rows]).toEqual([5, 500n]);
});

test('its own output is input: the scores are new, and the same', async () => {
  const folder = temporaryFolder();
  table(path.join(folder, 'a.parquet'));
  const model = tinyModel();
  const score = (from: string, to: string, ...more: string[]) =>
    runCli([
      'score',
      '--model',
      model,
      '--input',
      `${folder}/${from}`,
      '--output',
      `${folder}/${to}`,
      ...more,
    ]);
  expect((await score('a.parquet', 'b.parquet')).code).toBe(0);
  expect((await score('b.parquet', 'c.parquet')).code).toBe(0);
  expect(await readParquet(`${folder}/c.parquet`)).toEqual(await readParquet(`${folder}/b.parquet`));
  expect((await score('a.parquet', 'd.parquet', '--columns', 'json,id')).code).toBe(0);
  const [first] = await readParquet(`${folder}/d.parquet`);
  expect(Object.keys(first ?? {})).toEqual([
    'id',
    'json',
    'logit',
    'relevance_score',
    'tokens',
    'tokens_cut',
  ]);
  const missing = await score('a.parquet', 'e.parquet', '--columns', 'id,title');
  expect(missing).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has no column "title" (--columns). It has id, query'),
  });
});

test('rows that are null have nulls for scores, and are listed', async () => {
  const folder = temporaryFolder();
  const data = [
    { name: 'query', data: ['a', null, 'a', 'a'], type: 'STRING' as const },
    { name: 'document', data: ['in', 'in', null, 'an'], type: 'STRING' as const },
  ];
  const file = writeParquet(path.join(folder, 'in.parquet'), data);
  const args = ['--input', file, '--output', `${folder}/out.parquet`, '--quarantine', `${folder}/bad.jsonl`];
  const { code } = await runCli(['score', '--model', tinyModel(), ...args]);
  expect(code).toBe(2);
  const rows = await readParquet(`${folder}/out.parquet`);
  expect(rows.map(({ tokens }) => tokens)).toEqual([expect.any(Number), null, null, expect.any(Number)]);
  expect(rows[1]).toEqual({
    query: null,
    document: 'in',
    logit: null,
    relevance_score: null,
    tokens: null,
    tokens_cut: null,
  });
  expect(parseLines(readFileSync(`${folder}/bad.jsonl`, 'utf8'))).toEqual([
    { file, row: 2, reason: `${file} row 2: "query" is null; a text is needed.` },
    { file, row: 3, reason: `${file} row 3: "document" is null; a text is needed.` },
  ]);
});

test.each([0, 1, 119, 120, 121, 499, 500])('reading on behind %i rows', async (skip) => {
  const rows = await allRows(table(path.join(temporaryFolder(), 'in.parquet')), skip);
  expect(rows.map(({ number }) => number)).toEqual(range((i) => i + 1).slice(skip));
  expect(rows.map(({ input }) => input)).toEqual(
    range((i) => ({ query: query(i), document: document(i) })).slice(skip),
  );
});

test('gzip and plain are read; other codecs, other types and other columns are refused by name', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'in.parquet');
  const rows = await allRows(table(file));
  const gzip = (bytes: Uint8Array): Uint8Array => gzipSync(bytes);
  expect(await allRows(table(file, { codec: 'GZIP', compressors: { GZIP: gzip } }))).toEqual(
    rows.map((row) => ({ ...row, endByte: expect.any(Number) })),
  );
  expect(await allRows(table(file, { codec: 'UNCOMPRESSED' }))).toHaveLength(ROWS);
  table(file, { codec: 'BROTLI', compressors: { BROTLI: gzip } });
  await expect(allRows(file)).rejects.toThrow(
    'in.parquet: the column "query" is compressed with BROTLI; SNAPPY, ZSTD',
  );
  writeParquet(file, [{ name: 'query', data: ['a'], type: 'STRING' }]);
  await expect(allRows(file)).rejects.toThrow(
    'has no column "document". It has query; "query" and "document" are needed',
  );
  writeParquet(file, [
    { name: 'query', data: [1], type: 'INT32' },
    { name: 'document', data: ['a'], type: 'STRING' },
  ]);
  await expect(allRows(file)).rejects.toThrow('the column "query" is INT32; texts are needed');
  writeFileSync(file, readFileSync(file).subarray(0, 60));
  await expect(allRows(file)).rejects.toThrow('in.parquet is not a whole Parquet file');
});

test('a text alone, and bytes that are not UTF-8', async () => {
  const file = path.join(temporaryFolder(), 'in.parquet');
  const columnData = [
    { name: 'text', data: [Buffer.from('a'), Buffer.from([0xff])], type: 'BYTE_ARRAY' as const },
  ];
  writeParquet(file, columnData);
  expect(await allRows(file)).toMatchObject([
    { number: 1, input: 'a' },
    { number: 2, problem: `${file} row 2: "text" is not UTF-8; a text is needed.` },
  ]);
});

test('Spark finds the new columns in the schema that it keeps in the file', async () => {
  const folder = temporaryFolder();
  const key = 'org.apache.spark.sql.parquet.row.metadata';
  const field = (name: string) => ({ name, type: 'string', nullable: true, metadata: {} });
  const value = JSON.stringify({ type: 'struct', fields: ['query', 'document', 'more'].map(field) });
  const data = ['query', 'document', 'more'].map((name) => ({ name, data: ['a'], type: 'STRING' as const }));
  writeParquet(path.join(folder, 'in.parquet'), data, {
    kvMetadata: [
      { key, value },
      { key: 'ARROW:schema', value: 'of the old columns' },
      { key: 'mine', value: 'kept' },
    ],
  });
  const args = ['--input', `${folder}/in.parquet`, '--output', `${folder}/out.parquet`, '--columns', 'more'];
  expect((await runCli(['score', '--model', tinyModel(), ...args])).code).toBe(0);
  const { key_value_metadata: about = [] } = parquetMetadata(readFileSync(`${folder}/out.parquet`));
  expect(about.map((pair) => pair.key)).toEqual([key, 'mine']);
  const { fields } = JSON.parse(about[0]?.value ?? '') as { fields: { name: string; type: string }[] };
  expect(fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
    ...['more string', 'logit double', 'relevance_score double', 'tokens integer', 'tokens_cut integer'],
  ]);
});

test('a classifier of several labels has no Parquet', async () => {
  const file = table(path.join(temporaryFolder(), 'in.parquet'), {}, 3);
  const args = ['--model', tinyModel('tiny-5-labels'), '--input', file, '--output', `${file}.parquet`];
  expect(await runCli(['score', ...args])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Parquet gets one logit a row, and the model has 5 labels.'),
  });
});
