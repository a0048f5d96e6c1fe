import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const DIST = join(import.meta.dirname, '../../dist');
/** Those that lead to no package. */
const ENTRIES = ['index', 'inspection/index', 'server/index'];

/** The one package that an adapter's declarations may lead to. */
const PEERS = {
  'reranker/adapters/langchain': '@langchain/core/',
  'reranker/adapters/llamaindex': '@llamaindex/core/',
  'reranker/adapters/ai-sdk': '@ai-sdk/provider',
};

/** Every module that the declarations of the public entry reach: our files by path, packages by name. */
function reached(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) {
    return seen;
  }
  seen.add(file);
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)) {
    if (specifier?.startsWith('.')) {
      reached(join(dirname(file), specifier.replace(/\.js$/, '.d.ts')), seen);
    } else if (specifier !== undefined) {
      seen.add(specifier);
    }
  }
  return seen;
}

describe('declarations of the public entries', () => {
  // TensorFlow.js's own declarations bring those of WebGPU, which newer TypeScript libraries contradict.
  test.each(ENTRIES)('%s leads to no package, so that it compiles in any project', (entry) => {
    const file = join(DIST, `${entry}.d.ts`);
    expect(existsSync(file), `${file}: npm test builds it`).toBe(true);
    const all = [...reached(file)];
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter((module) => !module.endsWith('.d.ts'))).toEqual([]);
  });
});

describe('declarations of the adapters', () => {
  test.each(Object.entries(PEERS))('%s leads to %s alone', (adapter, peer) => {
    const packages = [...reached(join(DIST, `${adapter}.d.ts`))].filter(
      (module) => !module.endsWith('.d.ts'),
    );
    expect(packages.length).toBeGreaterThan(0);
    expect(packages.filter((name) => !name.startsWith(peer))).toEqual([]);
  });
});
