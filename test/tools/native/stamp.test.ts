import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { BindingPackage } from '../../../dist/tools/native/binding-package.js';
import { bindingFile } from '../../../dist/tools/native/build-binding.js';
import {
  isUpToDate,
  readInstalled,
  type Stamp,
  type Wanted,
  writeStamp,
} from '../../../dist/tools/native/stamp.js';
import { temporaryFolder } from './support.js';

const STAMP: Stamp = {
  tensorflow: '2.21.0',
  libraries: '/cache/tensorflow',
  chosen: false,
  gpu: false,
  tfjsNode: '4.22.0',
  nodeApi: 8,
  insertions: 1,
};
const WANTED: Wanted = {
  libraries: '/cache/tensorflow',
  chosen: false,
  gpu: false,
  nvidia: undefined,
  insertions: 1,
};

/** A package with a binding and its libraries, as far as their names go. */
function builtPackage(): BindingPackage {
  const folder = temporaryFolder();
  const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
  for (const file of [bindingFile(8), ...libraries.map((name) => path.join('deps/lib', name))]) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), '');
  }
  return { folder, version: '4.22.0', nodeApi: 8 };
}

test('a binding with a stamp is ours, one without is foreign', async () => {
  const pkg = builtPackage();
  expect(await readInstalled(pkg)).toEqual({ kind: 'foreign' });
  await writeStamp(pkg.folder, STAMP);
  expect(await readInstalled(pkg)).toEqual({ kind: 'ours', stamp: STAMP });
  expect(await readInstalled({ ...pkg, nodeApi: 9 })).toEqual({ kind: 'none' });
});

test.each(['', '{', '{}', 'null'])('a stamp with the content %j is ignored', async (text) => {
  const pkg = builtPackage();
  writeFileSync(path.join(pkg.folder, 'lib/napi-v8/tfjs-reranker.json'), text);
  expect(await readInstalled(pkg)).toEqual({ kind: 'foreign' });
});

test.each<[string, Partial<Stamp>, Partial<Wanted>, boolean]>([
  ['the same', {}, {}, true],
  ['another folder is asked for', {}, { libraries: '/other', chosen: true }, false],
  ['the pinned version changed', { libraries: '/cache/older' }, {}, false],
  ['the caller chose another one before, and none now', { libraries: '/mine', chosen: true }, {}, true],
  ['a GPU is asked for', {}, { gpu: true }, false],
  ['no GPU is asked for any more', { gpu: true }, {}, false],
  ["pip's CUDA is there now", { gpu: true }, { gpu: true, nvidia: '/site/nvidia' }, false],
  ['the package was updated', { tfjsNode: '4.21.0' }, {}, false],
  ['the insertions changed', { insertions: 0 }, {}, false],
  ['Node looks elsewhere', { nodeApi: 7 }, {}, false],
])('%s', (_, stamp, wanted, upToDate) => {
  const pkg = builtPackage();
  expect(isUpToDate({ ...STAMP, ...stamp }, { ...WANTED, ...wanted }, pkg, 'linux')).toBe(upToDate);
});

test('a setup whose libraries are gone does not count', () => {
  const pkg = builtPackage();
  rmSync(path.join(pkg.folder, 'deps/lib/libtensorflow_framework.so.2'));
  expect(isUpToDate(STAMP, WANTED, pkg, 'linux')).toBe(false);
});
