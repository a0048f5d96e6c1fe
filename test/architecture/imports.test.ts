import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/fixtures.js';

const SRC = path.join(ROOT, 'src');

/** The folders of src/, lowest first: a file may import from its own folder and from those before it. */
const ORDER = [
  ...['errors', 'math', 'encoding', 'files', 'retrieval', 'tokenizer', 'batching', 'weights/format'],
  ...[
    'kernels',
    'weights',
    'model',
    'hub',
    'engine',
    'process',
    'reranker',
    'inspection',
    'parity',
    'evaluation',
    'tools',
  ],
  ...['server', 'cli'],
];

/** Packages that only some places may import. */
const RESERVED: Record<string, RegExp> = {
  '@tensorflow/tfjs-':
    /^(kernels|model)\/|^weights\/weight-scope\.ts$|^inspection\/(trace\/(capture|apply-hooks|score-by-depth)|attribution\/(attribution|embedding-gradients))\.ts$/,
  '@huggingface/tokenizers': /^$/, // the reference in tests
  safetensors: /^weights\/format\/(safetensors|safetensors-module\.d)\.ts$/,
  '@huggingface/hub': /^hub\//,
  undici: /^hub\//,
  webgpu: /^kernels\/webgpu\//,
  hyparquet: /^cli\/bulk\/parquet\//,
  'hyparquet-writer': /^cli\/bulk\/parquet\//,
  'hyparquet-compressors': /^cli\/bulk\/parquet\//,
  tinyglobby: /^cli\/bulk\/find-files\.ts$/,
  yargs: /^cli\//,
  'string-width': /^cli\/format\//,
  hono: /^server\//,
  'oniguruma-parser': /^tokenizer\/regex\//,
  'prom-client': /^server\//,
  pino: /^server\//,
  '@langchain/core': /^reranker\/adapters\/langchain\.ts$/,
  '@llamaindex/core': /^reranker\/adapters\/llamaindex\.ts$/,
  '@ai-sdk/provider': /^reranker\/adapters\/ai-sdk\.ts$/,
  ai: /^$/, // the caller's side, in tests
};

/** Folders without a file system and TensorFlow.js. */
const PURE = /^(errors|math|encoding|retrieval|tokenizer|batching|weights\/format)\//;

interface Import {
  readonly from: string;
  readonly dynamic: boolean;
  readonly typeOnly: boolean;
}

/** AssemblyScript, which has rules of its own and imports nothing from outside. */
const ASSEMBLY = 'kernels/wasm/assembly/';

const files = walk(SRC)
  .map((file) => path.relative(SRC, file))
  .filter((file) => !file.startsWith(ASSEMBLY));
/** Tables of facts, which must not import anything. */
const data = walk(SRC, '.json').map((file) => path.relative(SRC, file));
const sources = new Map(files.map((file) => [file, readFileSync(path.join(SRC, file), 'utf8')]));

function walk(folder: string, ending = '.ts'): string[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    return statSync(file).isDirectory() ? walk(file, ending) : file.endsWith(ending) ? [file] : [];
  });
}

function importsOf(file: string): Import[] {
  const source = sources.get(file) ?? '';
  const statics = [
    ...source.matchAll(/^(?:import|export)\s(type\s)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm),
  ];
  const dynamics = [...source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)];
  return [
    ...statics.map(([, type, from]) => ({
      from: from as string,
      dynamic: false,
      typeOnly: type !== undefined,
    })),
    ...dynamics.map(([, from]) => ({ from: from as string, dynamic: true, typeOnly: false })),
  ];
}

/** The project's own file that an import resolves to; undefined for a package. */
function target(file: string, from: string): string | undefined {
  return from.startsWith('.') ? path.join(path.dirname(file), from).replace(/\.js$/, '.ts') : undefined;
}

function levelOf(file: string): number {
  return file === 'index.ts'
    ? ORDER.length
    : ORDER.findIndex(
        (folder) =>
          file.startsWith(`${folder}/`) &&
          !ORDER.some((other) => other.startsWith(`${folder}/`) && file.startsWith(`${other}/`)),
      );
}

/** All files that a folder's files reach by static imports, without type-only imports. */
function reachedFrom(start: RegExp): Set<string> {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) {
      return;
    }
    reached.add(file);
    for (const { from, dynamic, typeOnly } of importsOf(file)) {
      const next = target(file, from);
      if (next !== undefined && !dynamic && !typeOnly) {
        visit(next);
      }
    }
  };
  files.filter((file) => start.test(file)).forEach(visit);
  return reached;
}

describe('imports', () => {
  test('the parser sees them', () => {
    expect(importsOf('model/encoder.ts').map(({ from }) => from)).toContain('./encoder-layer.js');
    expect(importsOf('kernels/backend.ts')).toContainEqual({
      from: './native/load-native.js',
      dynamic: true,
      typeOnly: false,
    });
    expect(importsOf('weights/format/safetensors.ts').map(({ from }) => from)).toContain('safetensors');
    expect(files.length).toBeGreaterThan(50);
  });

  test('src/README.md gives the same order', () => {
    expect(readFileSync(path.join(SRC, 'README.md'), 'utf8')).toContain(`: ${ORDER.join(', ')}.`);
  });

  test('every file belongs to a known folder', () => {
    expect(files.filter((file) => levelOf(file) === -1)).toEqual([]);
  });

  test('every own import exists and goes to the same folder or down', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file).flatMap(({ from }) => {
        const next = target(file, from);
        if (next?.endsWith('.json')) return data.includes(next) ? [] : [`${file} -> ${from}`];
        return next !== undefined && !(sources.has(next) && levelOf(next) <= levelOf(file))
          ? [`${file} -> ${from}`]
          : [];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('no cycles', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) {
        cycles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
      } else if (!done.has(file)) {
        for (const { from } of importsOf(file)) {
          const next = target(file, from);
          if (next !== undefined) {
            visit(next, [...trail, file]);
          }
        }
        done.add(file);
      }
    };
    for (const file of files) {
      visit(file, []);
    }
    expect(cycles).toEqual([]);
  });

  test.each(Object.entries(RESERVED))('%s is imported only where it belongs', (name, place) => {
    const importers = files.filter((file) =>
      importsOf(file).some(
        ({ from }) =>
          from === name || from.startsWith(`${name}/`) || (name.endsWith('-') && from.startsWith(name)),
      ),
    );
    expect(importers.filter((file) => !place.test(file))).toEqual([]);
  });

  test('pure files touch no Node module and no TensorFlow.js', () => {
    const impure = files.filter(
      (file) =>
        PURE.test(file) &&
        importsOf(file).some(({ from }) => from.startsWith('node:') || from.startsWith('@tensorflow/')),
    );
    expect(impure).toEqual([]);
  });

  test('nothing that the model reaches needs Node, so that it runs in a browser', () => {
    const reached = [...reachedFrom(/^model\//)];
    expect(reached).toContain('weights/weight-scope.ts');
    const bound = reached.filter((file) => importsOf(file).some(({ from }) => /^node:|tfjs-node/.test(from)));
    expect(bound).toEqual([]);
  });

  test("nothing that a page's script reaches needs Node or a package, so that it runs in any browser", () => {
    const reached = [...reachedFrom(/\/client\//)];
    expect(reached).toContain('inspection/report/escape.ts');
    const bound = reached.filter((file) => importsOf(file).some(({ from }) => !from.startsWith('.')));
    expect(bound).toEqual([]);
  });

  test('the library entry loads nothing of the command line or a server', () => {
    expect([...reachedFrom(/^index\.ts$/)].filter((file) => /^(cli|server)\//.test(file))).toEqual([]);
  });

  test('measures and lexical search run in a browser', () => {
    const reached = [...reachedFrom(/^(evaluation|retrieval)\/index\.ts$/)];
    expect(reached).toContain('evaluation/measures.ts');
    expect(reached.filter((file) => importsOf(file).some(({ from }) => !from.startsWith('.')))).toEqual([]);
  });

  test('no file imports an adapter, because its peer package may be absent', () => {
    expect(files).toContain('reranker/adapters/langchain.ts');
    const importers = files.filter((file) =>
      importsOf(file).some(({ from }) => target(file, from)?.startsWith('reranker/adapters/')),
    );
    expect(importers).toEqual([]);
  });
});

describe('habits', () => {
  /** Writes code for others to run. */
  const WRITER = '^server\\/pages\\/client\\/playground\\/snippets\\.ts$';
  const matching = (pattern: RegExp, allowed: RegExp): string[] =>
    files.filter((file) => !allowed.test(file) && pattern.test(withoutComments(sources.get(file) ?? '')));

  test('process.env only in cli, server/settings and hub/environment', () => {
    expect(
      matching(
        /process\.env/,
        new RegExp(`^cli\\/|^server\\/settings\\.ts$|^hub\\/environment\\.ts$|${WRITER}`),
      ),
    ).toEqual([]);
  });

  test('console and exit only in cli', () => {
    expect(matching(/\bconsole\.|process\.exit\b/, new RegExp(`^cli\\/|${WRITER}`))).toEqual([]);
    expect(matching(/process\.exit\b/, /^cli\/main\.ts$/)).toEqual([]);
  });

  test('no default exports, no top-level await', () => {
    expect(matching(/^export default/m, /^$/)).toEqual([]);
    expect(
      matching(/^await |^(?:export )?const .*= await /m, new RegExp(`^cli\\/main\\.ts$|${WRITER}`)),
    ).toEqual([]);
  });

  function withoutComments(source: string): string {
    return source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
  }
});

test('tests import the build, and from the source only scripts of pages, which are bundled', () => {
  const root = path.join(import.meta.dirname, '..');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(ts|mjs)$/.test(name),
  );
  const found = files.flatMap((file) =>
    [...readFileSync(path.join(root, file), 'utf8').matchAll(/from '((?:\.\.\/)+src\/[^']+)'/g)]
      .map(([, from]) => `${file}: ${from}`)
      .filter((line) => !line.includes('/client/')),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});
