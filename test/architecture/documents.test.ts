import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { listActivations } from '../../dist/model/activations.js';
import { ROOT } from '../support/fixtures.js';
import { WIDE } from '../support/wide.js';

const run = promisify(execFile);

const FOLDERS = readdirSync(path.join(ROOT, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const SOURCES = readdirSync(path.join(ROOT, 'src'), { recursive: true }).map(String);
const DOCUMENTS = [
  ...['README.md', 'CHANGELOG.md', '.github/CONTRIBUTING.md', '.github/SECURITY.md', 'src/README.md'],
  ...FOLDERS.map((folder) => `src/${folder}/README.md`),
  ...['bench', 'deploy', 'reference', 'spark', 'train'].map((folder) => `scripts/${folder}/README.md`),
  'weights/mini-en-zh/README.md',
];

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** The code blocks of a language: [document, code]. Of the README, and in a wide run of all documents. */
function blocks(language: string): [string, string][] {
  return (WIDE ? DOCUMENTS : ['README.md']).flatMap((file) =>
    [...read(file).matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
      ([, code]): [string, string] => [file, code as string],
    ),
  );
}

/** What the library examples print, by the entry point that they use; others rank with the main one. */
const OUTPUTS: readonly (readonly [string, RegExp])[] = [
  ['tfjs-reranker/adapters/', /^Paris is the capital of France\. 0\.953\n/],
  ['tfjs-reranker/inspection', /^▁Paris \[ 12, 14, 14 \] 2352 13 0\.57\n3\.02 2\.11\n/],
  ['tfjs-reranker/evaluation', /^Map\(2\) \{ 'nDCG@10' => 0\.85971\d+, 'RR@10' => 1 \}\n/],
  ['tfjs-reranker/retrieval', /^2 2\.483\n/],
];

describe('examples', () => {
  test('there are some', () => {
    expect(blocks('js').map(([file]) => file)).toContain('README.md');
    expect(blocks('sh').map(([file]) => file)).toContain('README.md');
  });

  test.each(blocks('js'))('library example in %s', async (_file, code) => {
    // Inside the package, so that its own name resolves to the build.
    const folder = await mkdtemp(path.join(ROOT, 'test/.mutants-readme-'));
    try {
      await writeFile(path.join(folder, 'example.mjs'), code);
      const { stdout } = await run(process.execPath, [path.join(folder, 'example.mjs')], { cwd: ROOT });
      const [, output = /^7 0\.\d{3} 3\.02\n/] = OUTPUTS.find(([entry]) => code.includes(entry)) ?? [];
      expect(stdout).toMatch(output);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each(blocks('sh'))('command line example in %s', async (_file, code) => {
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', code], { cwd: ROOT });
    expect(stdout).toContain('Paris is the capital of France.');
  });
});

describe('documents', () => {
  test('the README has at most 9 kB', () => {
    expect(Buffer.byteLength(read('README.md'))).toBeLessThanOrEqual(9000);
  });

  test.each(FOLDERS)('src/%s has a README that says what it may import and where to begin', (folder) => {
    const readme = read(`src/${folder}/README.md`);
    expect(readme).toMatch(/May import: /i);
    expect(readme).toMatch(/Begin with /);
    expect(readme.split('\n').length).toBeGreaterThanOrEqual(10);
    expect(readme.split('\n').length).toBeLessThanOrEqual(80);
  });

  test.each(DOCUMENTS)('every link in %s leads somewhere', (file) => {
    const broken = [...read(file).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target as string)
      .filter((target) => !/^https?:/.test(target) && !leadsSomewhere(file, target));
    expect(broken).toEqual([]);
  });

  test.each(['src/README.md', ...FOLDERS.map((folder) => `src/${folder}/README.md`)])(
    'every source file that %s names exists',
    (file) => {
      const folder = path.relative('src', path.dirname(file)); // names are of this folder, or begin in src
      const exists = (name: string): boolean =>
        SOURCES.some(
          (source) =>
            source === name || (`/${source}`.startsWith(`/${folder}`) && `/${source}`.endsWith(`/${name}`)),
        );
      const names = [...read(file).matchAll(/(?<![\w*/.-])[\w-][\w./-]*\.ts\b/g)].map(([name]) => name);
      expect(names.filter((name) => !name.startsWith('test/') && !exists(name))).toEqual([]);
    },
  );

  test('the table of activations names every one', () => {
    const table = read('src/model/README.md');
    const last = new Set(listActivations({ numHiddenLayers: 1 }).map(({ name }) => name.split('.').at(-1)));
    expect([...last].filter((name) => !table.includes(`${name}\``))).toEqual([]);
  });

  test('the table of dependencies names every one, and no other', () => {
    const { dependencies, peerDependencies } = JSON.parse(read('package.json'));
    const [, table = ''] = read('src/README.md').split('## Dependencies');
    const named = [...table.matchAll(/^\| (.*?) \|/gm)]
      .flatMap(([, cell]) => (cell as string).replace(/ \(.*\)/, '').split(', '))
      .filter((name) => !/^(package|-+)$/.test(name));
    expect(named.sort()).toEqual(Object.keys({ ...dependencies, ...peerDependencies }).sort());
  });

  test('package and licences say the same', () => {
    expect(JSON.parse(read('package.json')).license).toBe('Apache-2.0 AND CC-BY-SA-4.0');
    expect(read('LICENSE')).toContain('Apache License');
    expect(read('weights/mini-en-zh/README.md')).toContain('CC BY-SA 4.0');
  });
});

function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const to = path.join(ROOT, path.dirname(from), file === '' ? path.basename(from) : file);
  return existsSync(to) && (anchor === undefined || anchorsOf(to).includes(anchor));
}

/** The anchors that GitHub makes of headings. */
function anchorsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
