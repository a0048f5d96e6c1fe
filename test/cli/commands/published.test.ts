import { expect, test } from 'vitest';
import { runCli } from '../../support/run-cli.js';

test('verify --published lists the known models if the model is unknown', async () => {
  const { code, stderr } = await runCli(['verify', '--published', '--backend', 'wasm']);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /Nothing is published of a model with 12 layers, hidden 384, 512 tokens, 28000 pieces and 1 labels/,
  );
  expect(stderr).toContain('BAAI/bge-reranker-v2-m3 (24 layers, hidden 1024, 8192 tokens)');
});

test.each(['--golden', '--report'])('--published and %s exclude each other', async (option) => {
  const { code, stderr } = await runCli(['verify', '--published', option, 'file.json']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/published/);
});
