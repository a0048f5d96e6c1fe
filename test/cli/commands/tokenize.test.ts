import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../support/run-cli.js';
import { temporaryFolder, tinyModel } from '../../support/tiny-model.js';

test('pieces, ids and the text of each token', async () => {
  const { code, stdout, stderr } = await runCli([
    ...['tokenize', '--query', 'capital of France', '--document', '熊猫 is Paris\n\x1b'],
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^ +0 +0 {2}special +<s>$/m);
  expect(stdout).toMatch(/^ +1 +3644 {2}query +0-7 +▁capital +"capital"$/m);
  expect(stdout).toMatch(
    /tokens of at most 512; cut: 0 of the query, 0 of the document \(longest_first\)\n$/,
  );
  expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
});

test('json has every token, the cut ones too; ids are those of the reference', async () => {
  const document = 'Paris is the capital of France.';
  const whole = await runCli([
    ...['tokenize', '--query', 'capital of France', '--document', document, '--format', 'json'],
  ]);
  expect(JSON.parse(whole.stdout)).toMatchObject({
    input_ids: [0, 3644, 95, 3553, 2, 2, 2817, 72, 61, 3644, 95, 3553, 5, 2],
    query_tokens_cut: 0,
    document_tokens_cut: 0,
    max_length: 512,
    truncation: 'longest_first',
  });
  const short = await runCli([
    ...[
      'tokenize',
      '--query',
      'capital of France',
      '--document',
      document,
      '--format',
      'json',
      '--max-length',
      '10',
    ],
  ]);
  const { tokens, document_cut, ...rest } = JSON.parse(short.stdout);
  expect(rest).toMatchObject({ query_tokens_cut: 0, document_tokens_cut: 4, query_cut: [] });
  expect(tokens).toHaveLength(10);
  expect(tokens[6]).toEqual({ id: 2817, piece: '▁Paris', part: 'document', start: 0, end: 5, text: 'Paris' });
  expect(document_cut.map(({ text }: { text: string }) => text).join('')).toBe(' capital of France.');
});

test('it needs no weights', async () => {
  const model = tinyModel();
  rmSync(path.join(model, 'model.safetensors'));
  const { code, stdout } = await runCli(['tokenize', '--model', model, '--query', '', '--document', 'a']);
  expect(code).toBe(0);
  expect(stdout).toContain('5 tokens of at most 39');
});

test('errors of the folder or the length', async () => {
  const empty = path.join(temporaryFolder(), 'empty');
  mkdirSync(empty);
  const texts = ['--query', 'q', '--document', 'd'];
  expect(await runCli(['tokenize', '--model', empty, ...texts])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('config.json is missing'),
  });
  expect(await runCli(['tokenize', '--model', tinyModel(), '--max-length', '40', ...texts])).toMatchObject({
    code: 2,
    stderr: 'The maximal length is 40; this model has positions for only 39 tokens.\n',
  });
});
