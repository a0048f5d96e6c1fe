import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { finish, parseLines, runCli, startCli } from '../../support/run-cli.js';
import { temporaryFile, tinyModel } from '../../support/tiny-model.js';

const pair = (id: number): string =>
  JSON.stringify({ id, query: `a ${id}`, document: 'the end '.repeat(id % 5) });
const pairs = (count: number): string => Array.from({ length: count }, (_, id) => `${pair(id)}\n`).join('');

test('the scores of the embedded model are those of its reference', async () => {
  const { code, stdout, stderr } = await runCli(
    ['score'],
    '{"query":"capital of France","document":"Paris is the capital of France.","id":12345678901234567890}',
  );
  expect(code).toBe(0);
  const [scored] = parseLines(stdout);
  expect(scored?.logit).toBeCloseTo(3.02062, 3);
  expect(scored?.relevance_score).toBeCloseTo(0.9535, 3);
  expect(stdout).toContain('"id":12345678901234567890,'); // to the digit
  expect(stderr).toMatch(/^mini-en-zh on .*\n1 pair in .* \(\d+ pairs\/s, \d+ tokens\/s\)\n$/);
});

test('more pairs than a window come back in their order, each with the score that it has alone', async () => {
  const model = tinyModel();
  const { code, stdout } = await runCli(
    ['score', '--model', model, '--max-batch-tokens', '4096'],
    pairs(2500),
  );
  expect(code).toBe(0);
  const scored = parseLines(stdout);
  expect(scored.map(({ id }) => id)).toEqual(Array.from({ length: 2500 }, (_, id) => id));
  const [alone] = parseLines((await runCli(['score', '--model', model], `${pair(2304)}\n`)).stdout);
  expect(scored[2304]?.logit).toBeCloseTo(alone?.logit as number, 5);
});

test('a bad line keeps its place and its readable fields; the rest continues', async () => {
  const lines = [pair(0), '', '{"id":7,"query":"q"}', 'not json', pair(1), '[]'];
  const { code, stdout, stderr } = await runCli(['score', '--model', tinyModel()], lines.join('\r\n'));
  expect(code).toBe(2);
  expect(parseLines(stdout)).toMatchObject([
    { id: 0, logit: expect.any(Number) },
    { id: 7, query: 'q', line: 3, error: expect.stringContaining('stdin line 3: "document" is missing.') },
    { line: 4, error: expect.stringContaining('stdin line 4: The line is not JSON') },
    { id: 1, logit: expect.any(Number) },
    { line: 6, error: expect.stringContaining('stdin line 6: The line is a list') },
  ]);
  expect(stderr).toContain('3 bad lines');
});

test('tab-separated pairs, byte order mark, wrong bytes, no last line end', async () => {
  const input = Buffer.concat([
    Buffer.from('\ufeffq\td\r\n\r\nno tab\r\na\tb\tc\td\ne\t'),
    Buffer.from([0xff]),
  ]);
  const { code, stdout } = await runCli(['score', '--model', tinyModel(), '--quiet'], input);
  expect(code).toBe(2);
  expect(parseLines(stdout)).toEqual([
    { query: 'q', document: 'd', logit: expect.any(Number), relevance_score: expect.any(Number) },
    { line: 3, error: expect.stringContaining('There is no tab.') },
    {
      query: 'a',
      document: 'b',
      columns: ['c', 'd'],
      logit: expect.any(Number),
      relevance_score: expect.any(Number),
    },
    { line: 5, error: 'stdin line 5: byte 3 of the line: the byte 0xFF is not UTF-8. Save it as UTF-8.' },
  ]);
});

test('output can be input: own fields are replaced, others stay, and no line affects another', async () => {
  const rest = '"id":1234567890123456789,"one": 1.0,"large":1e400,"zero":-0,"2":0,"1":0,"twice":1,"twice":2';
  const line = `{${rest},"query":"a","document":"in","logit":7}`;
  const score = (input: string | Uint8Array) => runCli(['score', '--quiet', '--model', tinyModel()], input);
  const first = await score(`${line}\n`);
  expect(first.stdout).toMatch(/^\{.*"logit":-?\d\.\d+,"relevance_score":0\.\d+\}\n$/);
  expect(first.stdout).toContain(`{${rest},"query":"a","document":"in","logit":`);
  const broken = Buffer.concat([Buffer.from('caf\xe9\tin\n', 'latin1'), Buffer.from(first.stdout)]);
  const second = await score(broken);
  expect(second.code).toBe(2);
  expect(second.stdout.split('\n')[0]).toContain('stdin line 1: byte 4 of the line: the byte 0xE9');
  expect(second.stdout.split('\n')[1]).toBe(first.stdout.trimEnd());
});

test('fields of an earlier run that this one does not write are removed', async () => {
  const score = async (line: object): Promise<Record<string, unknown>> => {
    const { stdout } = await runCli(
      ['score', '--quiet', '--model', tinyModel()],
      `${JSON.stringify(line)}\n`,
    );
    return parseLines(stdout)[0] as Record<string, unknown>;
  };
  const bad = await score({ id: 1, query: 'a' });
  expect(bad).toEqual({
    id: 1,
    query: 'a',
    line: 1,
    error: expect.stringContaining('"document" is missing'),
  });
  const good = await score({ ...bad, document: 'in', label_scores: { old: 1 } });
  expect(Object.keys(good)).toEqual(['id', 'query', 'document', 'logit', 'relevance_score']);
  const { document, ...again } = good;
  expect(await score(again)).toEqual(bad);
  expect(await score({ query: 'a', document: 'in', error: 'mine' })).toMatchObject({ error: 'mine' });
});

test('UTF-16 with a mark is read; an unreadable first line does not decide the format', async () => {
  const args = ['score', '--quiet', '--model', tinyModel()];
  const [wide] = parseLines((await runCli(args, Buffer.from('\ufeffan\the 熊\r\n', 'utf16le'))).stdout);
  expect(wide).toMatchObject({ query: 'an', document: 'he 熊', logit: expect.any(Number) });
  const mixed = await runCli(args, Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.from('an\the\n')]));
  expect(parseLines(mixed.stdout)).toMatchObject([{ line: 1 }, { query: 'an', document: 'he' }]);
});

test('a line of a megabyte is cut to the model and says so', async () => {
  const document = 'the end '.repeat(2 ** 17);
  const { code, stdout, stderr } = await runCli(
    ['score', '--model', tinyModel()],
    JSON.stringify({ query: 'q', document }),
  );
  expect(code).toBe(0);
  expect(parseLines(stdout)).toMatchObject([{ document, logit: expect.any(Number) }]);
  expect(stderr).toContain('1 pair cut to 39 tokens');
});

test('a classifier gives its labels', async () => {
  const { code, stdout } = await runCli(['score', '--model', tinyModel('tiny-5-labels')], `${pair(3)}\n`);
  expect(code).toBe(0);
  const [scored] = parseLines(stdout) as [
    { id: number; logits: number[]; label_scores: Record<string, number> },
  ];
  expect(scored).not.toHaveProperty('logit');
  expect(scored.logits).toHaveLength(5);
  expect(Object.keys(scored.label_scores)).toHaveLength(5);
  expect(Object.values(scored.label_scores).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
});

test('single texts, from a file and from the command line, beside pairs', async () => {
  const model = tinyModel('tiny-5-labels');
  const [first, second] = ['a the end', '中 a'];
  const lines = [{ id: 1, text: first }, { text: second }]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
  const file = await runCli(['score', '--model', model], lines);
  const flags = await runCli(['score', '--model', model, '--text', first, '--text', second]);
  expect([file.code, flags.code]).toEqual([0, 0]);
  const [ofFile, ofFlags] = [parseLines(file.stdout), parseLines(flags.stdout)];
  expect(ofFile[0]).toMatchObject({ id: 1, text: first, logits: expect.any(Array) });
  expect(ofFlags).toEqual(ofFile.map(({ id: _, ...rest }) => rest));
  expect(flags.stderr).toMatch(/\n2 texts in .* texts\/s/);
  const pair = await runCli(
    ['score', '--model', model],
    JSON.stringify({ query: '', document: first, text: first }),
  );
  expect(parseLines(pair.stdout)[0]?.logits).not.toEqual(ofFile[0]?.logits); // <s></s></s> text </s>
});

test('--text and --input exclude each other', async () => {
  const { code, stderr } = await runCli(['score', '--text', 'a', '--input', 'file']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/text and input are mutually exclusive/);
});

test.each([
  ['sigmoid', 0],
  ['identity', 1],
  ['model', 1],
])('--activation %s', async (activation, isLogit) => {
  const model = tinyModel();
  const config = JSON.parse(readFileSync(`${model}/config.json`, 'utf8'));
  config.sbert_ce_default_activation_function = 'torch.nn.modules.linear.Identity';
  writeFileSync(`${model}/config.json`, JSON.stringify(config));
  const { stdout } = await runCli(['score', '--model', model, '--activation', activation], pair(3));
  const [scored] = parseLines(stdout) as [{ logit: number; relevance_score: number }];
  expect(scored.relevance_score).toBeCloseTo(isLogit ? scored.logit : 1 / (1 + Math.exp(-scored.logit)), 12);
});

test('an unknown activation causes a warning', async () => {
  const model = tinyModel();
  const config = JSON.parse(readFileSync(`${model}/config.json`, 'utf8'));
  config.sentence_transformers = { activation_fn: 'my.module.Tanh' };
  writeFileSync(`${model}/config.json`, JSON.stringify(config));
  const { code, stdout, stderr } = await runCli(
    ['score', '--model', model, '--activation', 'model'],
    pair(3),
  );
  expect(code).toBe(0);
  expect(stderr).toContain('Warning: The model\'s config.json names the activation "my.module.Tanh"');
  const [scored] = parseLines(stdout) as [{ logit: number; relevance_score: number }];
  expect(scored.relevance_score).toBeCloseTo(1 / (1 + Math.exp(-scored.logit)), 12);
  expect((await runCli(['score', '--model', model], pair(3))).stderr).not.toContain('Warning');
});

test('--output replaces the contents of the file, but not before the run can start', async () => {
  const input = temporaryFile('pairs.jsonl', pairs(3));
  const output = temporaryFile('scores.jsonl', 'of yesterday');
  const failed = await runCli(['score', '--model', '/nowhere', '--input', input, '--output', output]);
  expect(failed.code).toBe(4);
  expect(readFileSync(output, 'utf8')).toBe('of yesterday');
  const done = await runCli(['score', '--model', tinyModel(), '--input', input, '--output', output]);
  expect(done).toMatchObject({ code: 0, stdout: '' });
  expect(parseLines(readFileSync(output, 'utf8')).map(({ id }) => id)).toEqual([0, 1, 2]);

  writeFileSync(input, '\n');
  await runCli(['score', '--model', tinyModel(), '--input', input, '--output', output]);
  expect(readFileSync(output, 'utf8')).toBe('');
});

test('the input is not overwritten', async () => {
  const file = temporaryFile('pairs.jsonl', pairs(3));
  const { code, stderr } = await runCli(['score', '--input', file, '--output', file]);
  expect(code).toBe(2);
  expect(stderr).toBe(`${file} is the input too; give another file for the output.\n`);
  expect(readFileSync(file, 'utf8')).toBe(pairs(3));
});

test.each([
  [['--input', '/nowhere/pairs.jsonl'], 'The file /nowhere/pairs.jsonl does not exist.'],
  [['--output', '/nowhere/scores.jsonl'], 'The file /nowhere/scores.jsonl cannot be written'],
])('%j ends with one line', async (args, message) => {
  const { code, stderr } = await runCli(['score', ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('a program that waits for each answer before it writes on gets it', async () => {
  const child = startCli(['score', '--model', tinyModel(), '--quiet']);
  const ended = finish(child);
  const answers: Record<string, unknown>[] = [];
  for (let id = 0; id < 3; id++) {
    const answer = new Promise<string>((resolve) =>
      child.stdout.once('data', (data) => resolve(String(data))),
    );
    child.stdin.write(`${pair(id)}\n`);
    answers.push(...parseLines(await answer));
  }
  child.stdin.end();
  expect((await ended).code).toBe(0);
  expect(answers).toMatchObject([{ id: 0 }, { id: 1 }, { id: 2 }]);
});

test('an interrupted run ends with 130 and whole lines', async () => {
  const child = startCli(['score', '--model', tinyModel(), '--quiet']);
  const ended = finish(child);
  child.stdin.on('error', () => {}); // it stops reading
  child.stdout.once('data', () => child.kill('SIGINT'));
  child.stdin.write(pairs(10_000)); // and stdin stays open
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
  const ids = parseLines(stdout).map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(0);
  expect(ids.length).toBeLessThan(10_000);
  expect(ids).toEqual(Array.from(ids, (_, id) => id));
});

test('interrupted while it waits for input', async () => {
  const child = startCli(['score', '--model', tinyModel()]);
  const ended = finish(child);
  child.stderr.once('data', () => child.kill('SIGINT')); // the model is loaded
  expect(await ended).toMatchObject({ code: 130, stdout: '' });
});

test('a reader that leaves ends the run quietly', async () => {
  const child = startCli(['score', '--model', tinyModel(), '--quiet']);
  child.stdin.on('error', () => {});
  child.stdout.once('data', () => child.stdout.destroy());
  child.stdin.end(pairs(10_000));
  const code = await new Promise((resolve) => child.on('exit', resolve));
  expect({ code, stderr: child.stderr.read() }).toEqual({ code: 0, stderr: null });
});
