import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { listActivations } from '../../dist/model/activations.js';
import { ROOT } from '../support/fixtures.js';

const run = promisify(execFile);
const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8');

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, code]) => code as string,
  );
}

test('the README has examples', () => {
  expect(blocks('js').length).toBeGreaterThan(0);
  expect(blocks('sh').length).toBeGreaterThan(0);
});

test.each(blocks('js'))('library example %#', async (code) => {
  // Inside the package, so that its own name resolves to what was built.
  const folder = await mkdtemp(path.join(ROOT, 'test/.mutants-readme-'));
  try {
    await writeFile(path.join(folder, 'example.mjs'), code);
    const { stdout } = await run(process.execPath, [path.join(folder, 'example.mjs')], { cwd: ROOT });
    expect(stdout).toMatch(
      code.includes('tfjs-reranker/adapters/')
        ? /^Paris is the capital of France\. 0\.953\n/
        : code.includes('tfjs-reranker/inspection')
          ? /^▁Paris \[ 12, 14, 14 \] 2352 13 0\.57\n3\.02 2\.11\n/
          : /^7 0\.\d{3} 3\.02\n/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each(blocks('sh'))('command line example %#', async (code) => {
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', code], { cwd: ROOT });
  expect(stdout).toContain('Paris is the capital of France.');
});

test('the table of activations names every one', () => {
  const last = new Set(listActivations({ numHiddenLayers: 1 }).map(({ name }) => name.split('.').at(-1)));
  expect([...last].filter((name) => !readme.includes(`${name}\``))).toEqual([]);
});
