import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { poisonPiece } from '../../support/poison.js';
import { parseLines, runCli, runProcess } from '../../support/run-cli.js';
import { temporaryFolder, tinyModel } from '../../support/tiny-model.js';

const pair = (id: number): string =>
  `${JSON.stringify({ id, query: `a ${id}`, document: 'the end '.repeat(id % 5) })}\n`;
const pairs = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, i) => pair(from + i)).join('');
const text = (...parts: string[]): string => readFileSync(path.join(...parts), 'utf8');
const names = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((name) => !/(^|\/)\./.test(name)).sort();

/** A folder with files of these names and contents. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

test('a file gets the bytes that score writes to stdout, in more than a window', async () => {
  const folder = folderOf({
    'in.jsonl': `${pairs(2100)}\n{"query":1}\n{"id":12345678901234567890,"query":"a","document":""}`,
  });
  const model = tinyModel();
  const args = ['score', '--model', model, '--input', `${folder}/in.jsonl`];
  const stream = await runCli(args);
  const { code, stdout, stderr } = await runCli([...args, '--output', `${folder}/out.jsonl`]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(text(folder, 'out.jsonl')).toBe(stream.stdout);
  expect(stderr).toMatch(
    /\n2,101 pairs, [\d,]+ tokens in 1 file; .* \([\d,]+ pairs\/s, .*padding \d+\.\d %\).*; 1 bad row\n$/,
  );
});

test('a folder, a pattern and a folder for the outputs: each file has its name and its place', async () => {
  const folder = folderOf({
    'in/one/pairs.jsonl': pairs(2),
    'in/two/pairs.jsonl': pairs(3, 10),
    'in/two/table.tsv': 'a\tin\nan\the end\n',
    'in/two/_SUCCESS': '',
    'in/readme.md': 'no pairs',
  });
  const model = tinyModel();
  const all = await runCli([
    'score',
    '--model',
    model,
    '--input',
    `${folder}/in`,
    '--output',
    `${folder}/out`,
  ]);
  expect(all.code).toBe(0);
  expect(all.stderr).toContain('Left out, as no format fits: 1 file, readme.md first');
  expect(names(`${folder}/out`)).toEqual([
    'one',
    'one/pairs.jsonl',
    'two',
    'two/pairs.jsonl',
    'two/table.tsv.jsonl',
  ]);
  expect(parseLines(text(folder, 'out/two/pairs.jsonl')).map(({ id }) => id)).toEqual([10, 11, 12]);
  expect(parseLines(text(folder, 'out/two/table.tsv.jsonl'))[1]).toMatchObject({
    query: 'an',
    document: 'he end',
  });

  const some = [
    'score',
    '--model',
    model,
    '--input',
    `${folder}/in/*/p*.jsonl`,
    '--output',
    `${folder}/some`,
  ];
  expect((await runCli(some)).code).toBe(0);
  expect(names(`${folder}/some`)).toEqual(['one', 'one/pairs.jsonl', 'two', 'two/pairs.jsonl']);
  expect(text(folder, 'some/one/pairs.jsonl')).toBe(text(folder, 'out/one/pairs.jsonl'));
});

test('an output within the input folder is no input of the next run', async () => {
  const folder = folderOf({ 'a.jsonl': pairs(2) });
  const args = ['score', '--model', tinyModel(), '--input', folder, '--output', `${folder}/scored`];
  for (let run = 0; run < 2; run++) expect((await runCli(args)).code).toBe(0);
  expect(names(folder)).toEqual(['a.jsonl', 'scored', 'scored/a.jsonl']);
});

test('bad rows are listed with file, row and reason, and the others are scored', async () => {
  const model = tinyModel();
  poisonPiece(model, '▁the');
  const folder = folderOf({
    'in/a.jsonl': `{"query":"a","document":"in"}\n\nnot json\n{"id":3,"query":"a"}\n{"query":"a","document":"the"}\n{"id":9,"query":"a","document":"an"}\n`,
    'in/b.jsonl': '{"query":null,"document":"in"}\n',
  });
  const args = [
    '--input',
    `${folder}/in`,
    '--output',
    `${folder}/out`,
    '--quarantine',
    `${folder}/bad/rows.jsonl`,
  ];
  const { code, stderr } = await runCli(['score', '--model', model, ...args]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/; 4 bad rows\n$/);
  expect(parseLines(text(folder, 'bad/rows.jsonl'))).toEqual([
    {
      file: `${folder}/in/a.jsonl`,
      row: 3,
      reason: expect.stringContaining('a.jsonl line 3: The line is not JSON'),
    },
    { file: `${folder}/in/a.jsonl`, row: 4, reason: expect.stringContaining('"document" is missing') },
    {
      file: `${folder}/in/a.jsonl`,
      row: 5,
      reason: expect.stringContaining('a logit that is not a finite number'),
    },
    { file: `${folder}/in/b.jsonl`, row: 1, reason: expect.stringContaining('"query" is null') },
  ]);
  expect(parseLines(text(folder, 'out/a.jsonl'))).toMatchObject([{ document: 'in' }, { id: 9 }]);
  expect(text(folder, 'out/b.jsonl')).toBe('');
});

test('--columns keeps these and the scores', async () => {
  const folder = folderOf({ 'in.jsonl': '{"id":1.0,"query":"a","document":"in","more":[1, 2],"logit":3}\n' });
  const args = ['--input', `${folder}/in.jsonl`, '--output', `${folder}/out.jsonl`, '--columns', 'more, id'];
  expect((await runCli(['score', '--model', tinyModel(), ...args])).code).toBe(0);
  expect(text(folder, 'out.jsonl')).toMatch(
    /^\{"id":1\.0,"more":\[1, 2\],"logit":-?[\d.]+,"relevance_score":0\.\d+\}\n$/,
  );
});

test('what is there is kept if it is of the same run, and else refused with what differs', async () => {
  const folder = folderOf({ 'in.jsonl': pairs(3) });
  const model = tinyModel();
  const [input, output] = [`${folder}/in.jsonl`, `${folder}/out.jsonl`];
  const score = (...more: string[]) =>
    runCli(['score', '--model', model, '--input', input, '--output', output, ...more]);
  writeFileSync(output, 'mine');
  expect(await score()).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${output} exists, and no run of score`),
  });
  expect(text(output)).toBe('mine');

  const other = `${folder}/other.jsonl`;
  const args = ['score', '--model', model, '--input', input, '--output', other];
  expect((await runCli(args)).code).toBe(0);
  const bytes = text(other);
  expect(await runCli(args)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('; 3 pairs scored by an earlier run\n'),
  });
  for (const [more, difference] of [
    [['--max-length', '20'], '--max-length was 39, is 20'],
    [['--activation', 'identity'], '--activation was sigmoid, is identity'],
    [['--truncation', 'only_second'], '--truncation was longest_first, is only_second'],
    [['--dtype', 'float32', '--max-batch-tokens', '99'], '--max-batch-tokens was '],
    [['--columns', 'id'], '--columns was not given, is id'],
    [['--model', tinyModel('tiny-5-labels')], 'the model (sha256 of its weights) was '],
  ] as const) {
    const refused = await runCli([...args, ...more]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(difference);
  }
  expect(text(other)).toBe(bytes);
  writeFileSync(other, `${bytes}mine`);
  expect(await runCli(args)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${other} was changed since score wrote it`),
  });
  expect(text(other)).toBe(`${bytes}mine`);
  writeFileSync(other, bytes);
  utimesSync(input, 1, 1);
  expect((await runCli(args)).stderr).toContain('the time at which the input was written was ');
  writeFileSync(input, pairs(4));
  expect((await runCli(args)).stderr).toContain('the size of the input was ');
  expect(text(other)).toBe(bytes);
  writeFileSync(other, 'changed');
  writeFileSync(input, pairs(3));
  expect((await runCli(args)).code).toBe(2);
  expect(text(other)).toBe('changed');
});

test('several workers give the same bytes', async () => {
  const folder = folderOf({ 'in.jsonl': pairs(300) });
  const score = (output: string, ...more: string[]) =>
    runProcess([
      'score',
      '--backend',
      'cpu',
      '--model',
      model,
      '--input',
      `${folder}/in.jsonl`,
      '--output',
      output,
      ...more,
    ]);
  const model = tinyModel();
  expect((await score(`${folder}/one.jsonl`)).code).toBe(0);
  const two = await score(`${folder}/two.jsonl`, '--workers', '2');
  expect(two.code).toBe(0);
  expect(two.stderr).toContain('2 processes');
  expect(text(folder, 'two.jsonl')).toBe(text(folder, 'one.jsonl'));
});

test('--dry-run counts, measures and writes nothing', async () => {
  const folder = folderOf({ 'a.jsonl': pairs(600), 'b.jsonl': `${pairs(3)}bad\n` });
  const { code, stdout } = await runCli([
    'score',
    '--model',
    tinyModel(),
    '--input',
    folder,
    '--output',
    `${folder}/out`,
    '--dry-run',
  ]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^603 pairs in 2 files; about [\d,]+ tokens; about .* on this machine; 1 bad row\n$/,
  );
  const tokens = Number(/about ([\d,]+) tokens/.exec(stdout)?.[1]?.replaceAll(',', ''));
  expect(tokens).toBeGreaterThan(603 * 5);
  expect(tokens).toBeLessThan(603 * 39);
  expect(existsSync(`${folder}/out`)).toBe(false);
});

test.each([
  [['--input', '-', '--quarantine', 'bad.jsonl'], '--quarantine and --workers need --input and --output'],
  [['--input', 'src', '--output', '-'], 'need --input and --output that are files or folders'],
  [['--text', 'a', '--workers', '2'], '--text has no --columns'],
  [['--input', 'test/fixtures/none*.jsonl', '--output', 'out'], 'No file matches test/fixtures/none*.jsonl.'],
  [['--input', 'src/hub', '--output', 'out'], 'src/hub has no file that ends in .jsonl'],
  [['--input', 'src', '--output', 'package.json'], 'package.json is a file; src may be several'],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await runCli(['score', ...args]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
});
