import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../support/fixtures.js';

const run = promisify(execFile);

const SCRIPT = `
  import(process.argv[1])
    .then((module) => ({ exports: Object.keys(module) }), ({ code, message }) => ({ error: code + ': ' + message }))
    .then((result) => console.log(JSON.stringify(result)));`;

/** The result of importing an entry in a project: the names of its exports, or its error. */
async function importIn(folder: string, entry: string): Promise<{ exports?: string[]; error?: string }> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', SCRIPT, entry], {
    cwd: folder,
  });
  return JSON.parse(stdout) as { exports?: string[]; error?: string };
}

describe('where no peer is installed', () => {
  /** A project with the built package and its own dependencies. */
  let project: string;
  beforeAll(async () => {
    project = await mkdtemp(path.join(tmpdir(), 'absent-peers-'));
    const installed = path.join(project, 'node_modules');
    const own = path.join(installed, 'tfjs-reranker');
    await cp(path.join(ROOT, 'dist'), path.join(own, 'dist'), { recursive: true });
    await cp(path.join(ROOT, 'package.json'), path.join(own, 'package.json'));
    const { dependencies } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(dependencies)) {
      await mkdir(path.dirname(path.join(installed, name)), { recursive: true });
      await symlink(path.join(ROOT, 'node_modules', name), path.join(installed, name), 'junction');
    }
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  test('the library loads', async () => {
    expect((await importIn(project, 'tfjs-reranker')).exports).toContain('Reranker');
  });

  test.each([
    ['tfjs-reranker/adapters/langchain', '@langchain/core'],
    ['tfjs-reranker/adapters/llamaindex', '@llamaindex/core'],
  ])("%s fails with Node's own message, which names %s", async (entry, peer) => {
    const { error } = await importIn(project, entry);
    expect(error).toMatch(/^ERR_MODULE_NOT_FOUND: /);
    expect(error).toContain(`Cannot find package '${peer}'`);
  });

  test('tfjs-reranker/adapters/ai-sdk loads, because it needs only types of its peer', async () => {
    expect((await importIn(project, 'tfjs-reranker/adapters/ai-sdk')).exports).toEqual([
      'createRerankingModel',
    ]);
  });
});

describe('where the peers are installed', () => {
  test.each([
    ['tfjs-reranker/adapters/langchain', 'RerankerDocumentCompressor'],
    ['tfjs-reranker/adapters/llamaindex', 'RerankerNodePostprocessor'],
    ['tfjs-reranker/adapters/ai-sdk', 'createRerankingModel'],
  ])('%s gives %s', async (entry, name) => {
    expect((await importIn(ROOT, entry)).exports).toEqual([name]);
  });
});
