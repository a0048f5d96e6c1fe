import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ClosingLine } from '../test/support/closing-line.js';
import { WIDE } from '../test/support/wide.js';

/** Folders of tests that start no backend and change nothing of their process for good: they share processes. */
const WITHOUT_BACKEND = [
  'test/{batching,encoding,errors,evaluation,files,hub,math,parity,retrieval,tokenizer,weights}/**/*.test.ts',
  'test/model/config/**/*.test.ts',
];

// biome-ignore lint/style/noDefaultExport: Vitest reads the configuration from the default export.
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    globalSetup: ['test/support/fresh-build.ts'],
    // The built modules are loaded by Node itself, not transformed once more for each test file.
    server: { deps: { external: [/\/dist\//, /\/test\/\.mutants\//] } },
    pool: 'forks',
    // More than the two cores of a small machine: many tests wait for a server, a timer or another process.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // TensorFlow's C library tells of itself on stderr; 2 leaves its errors.
    // No test may ask the real hub; those of test/hub have one of their own.
    env: { TF_CPP_MIN_LOG_LEVEL: '2', HF_HUB_OFFLINE: '1' },
    reporters: ['default', new ClosingLine()],
    projects: [
      { extends: true, test: { name: 'without backend', include: WITHOUT_BACKEND, isolate: false } },
      {
        extends: true,
        test: {
          // TensorFlow.js has one engine per thread: a process per file keeps backends apart.
          name: 'backends',
          include: ['test/**/*.test.ts'],
          exclude: ['test/.mutants/**', ...WITHOUT_BACKEND, ...(WIDE ? [] : ['test/**/*.browser.test.ts'])],
        },
      },
    ],
  },
});
