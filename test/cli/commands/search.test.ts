import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { asNobody } from '../../support/as-nobody.js';
import { parseLines, runCli } from '../../support/run-cli.js';
import { writeTinyModel } from '../../support/tiny-model.js';

const folder = mkdtempSync(path.join(tmpdir(), 'search-'));
afterAll(() => rmSync(folder, { recursive: true }));
const model = path.join(folder, 'model');
const index = path.join(folder, 'index');
const corpus = path.join(folder, 'corpus');

beforeAll(() => {
  mkdirSync(model);
  writeTinyModel(model);
});
beforeEach(() => {
  rmSync(corpus, { recursive: true, force: true });
  rmSync(index, { recursive: true, force: true });
  mkdirSync(path.join(corpus, 'sub'), { recursive: true });
  write('a.txt', 'The end.\n\nHe is in the house of an animal.\n');
  write('sub/b.md', '# Of\n\nThe river and the sea.\n');
});

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(path.join(corpus, name), content);
}

const search = (question: string, ...more: string[]) =>
  runCli([
    'search',
    question,
    '--corpus',
    corpus,
    '--index',
    index,
    '--model',
    model,
    '--backend',
    'cpu',
    ...more,
  ]);

const found = async (question: string, ...more: string[]) =>
  parseLines((await search(question, '--format', 'jsonl', ...more)).stdout);

test('a table with score, both ranks, the place and the passage; the rest is on stderr', async () => {
  const { code, stdout, stderr } = await search('the river');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^1 {3}0\.\d{4} {2}BM25 [12] -> 1 {2}\S*corpus\/(a\.txt|sub\/b\.md):1\n {4}\S/m);
  expect(stderr).toContain('2 passages of 2 files; 2 files read now');
  expect(stderr).toContain('The model reads 2 passages.');
});

test('the order is the model’s; JSON has both ranks, scores, line and text', async () => {
  const results = await found('the house', '--top-n', '5');
  expect(results.map(({ rank }) => rank)).toEqual([1, 2]);
  expect(results.map(({ bm25_rank }) => bm25_rank).sort()).toEqual([1, 2]);
  const [first, second] = results as { logit: number }[];
  expect(first?.logit).toBeGreaterThanOrEqual(second?.logit as number);
  expect(results.find(({ path: file }) => String(file).endsWith('a.txt'))).toMatchObject({
    line: 1,
    bm25_rank: 1,
    text: 'The end.\n\nHe is in the house of an animal.',
  });
  const whole = JSON.parse((await search('the house', '--format', 'json')).stdout);
  expect(whole).toMatchObject({ query: 'the house', files: 2, passages: 2 });
  expect(whole.results).toEqual(results);
});

test('HTML without its tags, with its lines; JSONL line by line; a long text in passages', async () => {
  write(
    'page.html',
    '<html><head><style>p{}</style><script>var otter;</script></head>\n<body><p>The <b>bea</b>ver\nbuilds</p>\n\n<p>&amp; dams</p></body></html>',
  );
  write(
    'rows.jsonl',
    '{"_id":"1","title":"Fish","text":"swim fast"}\nnot json\n{"a":"weasels","b":2,"c":"run"}\n',
  );
  write('long.txt', `${'Nothing here to see at all.\n'.repeat(100)}The walrus sleeps.\n`);
  expect(await found('beaver dams')).toMatchObject([{ line: 2, text: 'The beaver builds\n\n& dams' }]);
  expect(await found('otter')).toEqual([]);
  expect(await found('fish swim')).toMatchObject([{ line: 1, text: 'Fish\nswim fast' }]);
  expect(await found('weasels')).toMatchObject([{ line: 3, text: 'weasels\nrun' }]);
  const [walrus] = await found('walrus');
  expect(walrus?.text).toContain('The walrus sleeps.');
  expect(String(walrus?.text).length).toBeLessThanOrEqual(1000);
  expect(walrus?.line).toBeGreaterThan(60);
});

test('what is hidden, a link, binary or of another kind is left out and counted', async () => {
  writeFileSync(path.join(folder, 'secret.txt'), 'the river of outside');
  symlinkSync(path.join(folder, 'secret.txt'), path.join(corpus, 'link.txt'));
  symlinkSync(folder, path.join(corpus, 'up'));
  write('.hidden.txt', 'the river');
  write('binary.txt', Uint8Array.of(0x61, 0, 0x62));
  write('latin1.txt', Uint8Array.of(0xe9, 0xe8));
  write('code.ts', 'the river');
  const { stderr, stdout } = await search('river', '--format', 'jsonl');
  expect(parseLines(stdout)).toHaveLength(1);
  expect(stderr).toContain('left out: 1 hidden, 2 links, 1 of other kinds, 2 not text');
});

test('the index follows the files: changed, new and gone; what is unchanged is not read', async () => {
  await search('river');
  expect((await search('river')).stderr).not.toContain('read now');
  write('c.txt', 'A river in spring.');
  write('a.txt', 'The end.');
  rmSync(path.join(corpus, 'sub/b.md'));
  const { stderr } = await search('river');
  expect(stderr).toContain('2 passages of 2 files; 2 files read now; 1 file gone');
  expect((await found('river')).map(({ text }) => text)).toEqual(['A river in spring.']);
  expect(await found('house')).toEqual([]);
});

test('what cannot be read is left out and counted, and read once it can be', async () => {
  chmodSync(folder, 0o755);
  mkdirSync(index);
  chmodSync(index, 0o777);
  await asNobody(path.join(corpus, 'a.txt'), async () => {
    const { code, stderr } = await search('house river');
    expect(code).toBe(0);
    expect(stderr).toContain('1 passage of 1 file; 1 file read now; left out: 1 that cannot be read\n');
  });
  expect((await search('house river')).stderr).toContain('2 passages of 2 files; 1 file read now\n');
  await asNobody(path.join(corpus, 'sub'), async () => {
    const { code, stderr } = await search('house river');
    expect(code).toBe(0);
    expect(stderr).toContain('1 passage of 1 file; 1 file gone; left out: 1 that cannot be read\n');
  });
});

test('a corpus that is a link to a file has the index of that file', async () => {
  symlinkSync(path.join(corpus, 'a.txt'), path.join(folder, 'link'));
  for (const name of ['corpus/a.txt', 'link', 'corpus']) {
    const { stderr } = await runCli([
      ...['search', 'house', '--corpus', path.join(folder, name), '--index', index, '--model', model],
      ...['--backend', 'cpu'],
    ]);
    expect(stderr.includes('1 passage of 1 file\n')).toBe(name === 'link');
  }
  expect(readdirSync(index)).toHaveLength(2);
});

test('a broken index, one that was cut off, and one of another version are made anew', async () => {
  const before = await found('river');
  const [name] = readdirSync(index);
  const file = path.join(index, name as string);
  const bytes = readFileSync(file);
  for (const broken of [bytes.subarray(0, 100), Buffer.from(bytes).fill(1, 200, 204), Buffer.alloc(0)]) {
    writeFileSync(file, broken);
    expect(await found('river')).toEqual(before);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  }
});

test('two searches at once, a corpus that is a file, and an index that cannot be written', async () => {
  const both = await Promise.all([found('river'), found('river')]);
  expect(both[0]).toEqual(both[1]);
  const file = path.join(corpus, 'a.txt');
  const one = ['--corpus', file, '--index', index, '--model', model, '--backend', 'cpu', '--format', 'jsonl'];
  expect(parseLines((await runCli(['search', 'house', ...one])).stdout)).toHaveLength(1);
  if (process.getuid?.() !== 0) {
    chmodSync(index, 0o500);
    write('d.txt', 'x');
    expect((await search('river')).code).toBe(4);
    chmodSync(index, 0o700);
  }
});

test('nothing found, no such corpus, and control characters in a text', async () => {
  const nothing = await search('zebra');
  expect(nothing).toMatchObject({ code: 0, stdout: '' });
  expect(nothing.stderr).toContain('No passage has a word of the question.');
  const none = await runCli(['search', 'a', '--corpus', path.join(folder, 'none'), '--model', model]);
  expect(none.code).toBe(2);
  expect(none.stderr).toContain('does not exist');
  write('e.txt', 'evil \u001b[31mriver\u0007');
  const { stdout } = await search('evil');
  expect(stdout).not.toContain('\u001b');
  expect(stdout).toContain('evil ␛[31mriver␇');
});
