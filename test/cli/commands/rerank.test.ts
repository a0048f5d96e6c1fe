import { expect, test } from 'vitest';
import { displayWidth } from '../../../dist/cli/format/display-width.js';
import { parseLines, runCli } from '../../support/run-cli.js';
import { temporaryFile, tinyModel } from '../../support/tiny-model.js';

const DOCUMENTS = ['Bananas are yellow.', 'Paris is the capital of France.', '巴黎是法国的首都。'];

test('the embedded model puts the answer first; the table is on stdout, the model is described on stderr', async () => {
  const { code, stdout, stderr } = await runCli(['rerank', '--query', 'capital of France', ...DOCUMENTS]);
  expect(code).toBe(0);
  const [header, best, ...others] = stdout.trimEnd().split('\n');
  expect(header).toBe('rank  relevance    score    logit  document');
  expect(best).toMatch(/^ {3}1 {2}█+. {2,}0\.95\d\d {4}3\.02\d {2}Paris is the capital of France\.$/);
  expect(others).toHaveLength(2);
  expect(stderr).toMatch(/^mini-en-zh on \w+: .*; float32; loaded in .* s\n$/);
});

test('json is one value, with the tokens of all pairs; documents are returned unchanged', async () => {
  const file = temporaryFile('documents.jsonl', '{"text":"the end","id":7}\n\n"na na"\n');
  const args = ['rerank', '--model', tinyModel(), '--query', 'a', '--documents', file, 'in', '--quiet'];
  const all = await runCli([...args, '--format', 'json']);
  expect(all).toMatchObject({ code: 0, stderr: '' });
  const answer = JSON.parse(all.stdout);
  expect(answer).toEqual({
    model: expect.any(String),
    results: expect.any(Array),
    usage: { prompt_tokens: expect.any(Number), total_tokens: answer.usage.prompt_tokens },
  });
  expect(Object.fromEntries(answer.results.map((result: Result) => [result.index, result.document]))).toEqual(
    {
      0: 'in',
      1: { text: 'the end', id: 7 },
      2: 'na na',
    },
  );
  const logits = answer.results.map(({ logit }: Result) => logit);
  expect(logits).toEqual(logits.toSorted((a: number, b: number) => b - a));
  for (const { logit, relevance_score } of answer.results) {
    expect(relevance_score).toBeCloseTo(1 / (1 + Math.exp(-logit)), 12);
  }

  const lines = await runCli([...args, '--format', 'jsonl', '--top-n', '2', '--no-return-documents']);
  expect(parseLines(lines.stdout)).toEqual(
    answer.results.slice(0, 2).map(({ document: _, ...result }: Result) => result),
  );
  const best = await runCli([...args, '--format', 'json', '--top-n', '1']);
  expect(JSON.parse(best.stdout)).toEqual({ ...answer, results: answer.results.slice(0, 1) });
});

interface Result {
  readonly index: number;
  readonly relevance_score: number;
  readonly logit: number;
  readonly document: unknown;
}

test('documents as lines of text, from stdin: a line of JSON beside other lines is plain text', async () => {
  const args = [
    'rerank',
    '--model',
    tinyModel(),
    '--query',
    'a',
    '--documents',
    '-',
    '--format',
    'jsonl',
    '--quiet',
  ];
  const { stdout } = await runCli(args, '\ufeff"quoted" line\r\n\r\n{plain}\r\ntext');
  expect(parseLines(stdout).map(({ document }) => document)).toHaveLength(3);
  expect(parseLines(stdout).map(({ document }) => document)).toEqual(
    expect.arrayContaining(['"quoted" line', '{plain}', 'text']),
  );
  const forced = await runCli([...args, '--documents-format', 'text'], '"a"\n');
  expect(parseLines(forced.stdout)).toMatchObject([{ document: '"a"' }]);
});

test('numbers and dashes are documents, and an option given twice counts once', async () => {
  const { stdout } = await runCli([
    ...['rerank', '--model', tinyModel(), '--quiet', '--format', 'json', '--format', 'jsonl'],
    ...['--query', 'x', '--query', '07', '007', '1e3', '--', '-5', '--quiet', '08'],
  ]);
  const documents = parseLines(stdout).map(({ document }) => document);
  expect(documents.toSorted()).toEqual(['--quiet', '-5', '007', '08', '1e3']);
});

test('no document moves the cursor, and each row fits', async () => {
  const documents = ['\x1b[2J\x1b[31mred\r\rback', `${'熊猫'.repeat(200)}`, '👩‍👩‍👧‍👦'.repeat(99)];
  const { stdout } = await runCli(['rerank', '--model', tinyModel(), '--query', 'q', ...documents]);
  expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(stdout).toContain('␛[2J␛[31mred back');
  for (const line of stdout.split('\n')) {
    expect(displayWidth(line)).toBeLessThanOrEqual(100);
  }
});

test('no documents in a file are an empty ranking', async () => {
  const { code, stdout } = await runCli([
    ...['rerank', '--model', tinyModel(), '--query', 'q', '--documents', '-', '--format', 'json'],
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ results: [], usage: { total_tokens: 0 } });
});

test('--input gives one answer per line, also for bad lines, and returns other fields', async () => {
  const requests = [
    '{"id":1,"query":"a","documents":["in",{"text":"the end","n":1}]}',
    '{"id":2,"query":"a","documents":["in",3]}',
    '',
    'nope',
    '{"id":4,"query":"a","documents":[]}',
    '{"id":5,"documents":["in"]}',
    '{"id":6,"query":"a","documents":"in"}',
  ];
  const { code, stdout, stderr } = await runCli(
    ['rerank', '--model', tinyModel(), '--input', '-', '--top-n', '1'],
    requests.join('\n'),
  );
  expect(code).toBe(2);
  expect(stderr).toContain('2 requests answered, 4 bad lines.');
  const answers = parseLines(stdout);
  expect(answers).toMatchObject([
    {
      id: 1,
      query: 'a',
      results: [{ logit: expect.any(Number) }],
      usage: { total_tokens: expect.any(Number) },
    },
    { id: 2, line: 2, error: expect.stringContaining('stdin line 2: "documents"[1] is a number') },
    { line: 4, error: expect.stringContaining('stdin line 4: The line is not JSON') },
    { id: 4, results: [], usage: { total_tokens: 0 } },
    { id: 5, line: 6, error: expect.stringContaining('"query" is missing') },
    { id: 6, line: 7, error: expect.stringContaining('"documents" is a string') },
  ]);
  expect(answers[0]).not.toHaveProperty('documents');
});

const WRITTEN = '{"id":1234567890123456789,"one":1.0,"large":1e400,"zero":-0,"2":0,"1":0,"text":"in"}';

test('fields of a request or a document are returned as they were written', async () => {
  const rest = '"id":18446744073709551615,"2":1.50,"1":-0,"query":"a"';
  const args = ['rerank', '--quiet', '--model', tinyModel()];
  const { stdout } = await runCli(
    [...args, '--input', '-'],
    `{${rest},"documents":[{"text":"no"}],"documents" : ["an", ${WRITTEN} ],"usage":7}\n`,
  );
  expect(stdout).toMatch(/^\{.*\}\n$/);
  expect(stdout).toContain(`{${rest},"usage":{"prompt_tokens":`);
  expect(stdout).toContain(`"document":${WRITTEN}}`);
  expect(stdout).not.toContain('"documents"');

  const file = temporaryFile('documents.jsonl', ` ${WRITTEN} \n"an"\n`);
  for (const format of ['json', 'jsonl']) {
    const answer = await runCli([...args, '--query', 'a', '--documents', file, '--format', format]);
    expect(answer.stdout).toContain(`"document":${WRITTEN}}`);
  }
});

test('UTF-16 is read, a file in another encoding is refused with the place; in requests only the bad line is', async () => {
  const args = ['rerank', '--quiet', '--model', tinyModel()];
  const wide = temporaryFile('wide.txt', Buffer.from('\ufeffan\r\nhe 熊\r\n', 'utf16le'));
  const { stdout } = await runCli([...args, '--query', 'a', '--documents', wide, '--format', 'jsonl']);
  expect(
    parseLines(stdout)
      .map(({ document }) => document)
      .toSorted(),
  ).toEqual(['an', 'he 熊']);

  const latin1 = temporaryFile('latin1.txt', Buffer.from('an\ncafé\n', 'latin1'));
  const refused = await runCli([...args, '--query', 'a', '--documents', latin1]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toBe(
    `${latin1} line 2: byte 4 of the line: the byte 0xE9 is not UTF-8. Save it as UTF-8.\n`,
  );

  const requests = Buffer.from('{"query":"é","documents":[]}\n{"query":"e","documents":["an"]}\n', 'latin1');
  const answers = await runCli([...args, '--input', '-'], requests);
  expect(answers.code).toBe(2);
  expect(parseLines(answers.stdout)).toMatchObject([
    { line: 1, error: expect.stringContaining('stdin line 1: byte 11 of the line: the byte 0xE9') },
    { query: 'e', results: [{ document: 'an' }] },
  ]);
});

test.each([
  [['--query', 'q'], 'There are no documents'],
  [['d'], 'There is no query'],
  [['--input', 'x', 'd'], '--input has queries and documents of its own'],
  [['--input', 'x', '--format', 'table'], 'leave out --format table'],
  [['--query', 'q', '--documents', '/nowhere/d.txt'], 'The file /nowhere/d.txt does not exist.'],
  [['--input', '/nowhere/r.jsonl'], 'The file /nowhere/r.jsonl does not exist.'],
  [['--query', 'q', '--documents', '/'], '/ is a folder; a file is expected.'],
])('%j is refused before anything is loaded', async (args, message) => {
  const { code, stdout, stderr } = await runCli(['rerank', ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
});

test('a bad line of documents is named', async () => {
  const file = temporaryFile('documents.jsonl', '"a"\n\n{"txt":"b"}\n');
  const { code, stderr } = await runCli(['rerank', '--query', 'q', '--documents', file]);
  expect(code).toBe(2);
  expect(stderr).toContain(`${file} line 3 is an object whose "text" is missing; a document is`);
});

test('a model with several labels cannot rank', async () => {
  const { code, stderr } = await runCli([
    'rerank',
    '--quiet',
    '--model',
    tinyModel('tiny-5-labels'),
    '--query',
    'q',
    'd',
  ]);
  expect(code).toBe(2);
  expect(stderr).toContain('has 5 labels');
  expect(stderr).toContain('The command score gives the scores of its labels.');
});
