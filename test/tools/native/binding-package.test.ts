import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { NativeSetupError } from '../../../dist/errors/errors.js';
import {
  findBindingPackage,
  installBindingPackage,
  nodeApiHeaders,
  projectOf,
} from '../../../dist/tools/native/binding-package.js';
import type { RunProgram } from '../../../dist/tools/native/run-program.js';
import { fakeRun, INSTALLED, temporaryFolder } from './support.js';

const { signal } = new AbortController();

/** A project that uses tfjs-reranker, and where that lies in it. */
function project(lockFile = 'package-lock.json'): { readonly folder: string; readonly ours: string } {
  const folder = temporaryFolder();
  const ours = path.join(folder, 'node_modules/tfjs-reranker');
  mkdirSync(ours, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{}');
  writeFileSync(path.join(folder, lockFile), '');
  const peerDependencies = { '@tensorflow/tfjs-node-gpu': '^4.22.0' };
  writeFileSync(path.join(ours, 'package.json'), JSON.stringify({ peerDependencies }));
  return { folder, ours };
}

test('the installed package, and the headers of Node-API', () => {
  expect(findBindingPackage()).toEqual({ folder: INSTALLED, version: '4.22.0', nodeApi: 8 });
  expect(existsSync(path.join(nodeApiHeaders(), 'node_api.h'))).toBe(true);
});

test('npm installs it into the project, without scripts', async () => {
  const { folder, ours } = project();
  const calls: Parameters<RunProgram>[] = [];
  const installed = await installBindingPackage(
    ours,
    async (...call) => {
      calls.push(call);
      return { code: 0, stdout: '', stderr: '' };
    },
    signal,
  );
  expect(installed).toBe(folder);
  const args = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '@tensorflow/tfjs-node-gpu@^4.22.0',
  ];
  expect(calls).toEqual([['npm', args, { cwd: folder, signal }]]);
});

test.each(['pnpm-lock.yaml', 'yarn.lock', 'bun.lock'])(
  'npm is kept out of a project with %s',
  async (lock) => {
    const { ours } = project(lock);
    const install = installBindingPackage(ours, fakeRun({ npm: {} }), signal);
    await expect(install).rejects.toThrow(NativeSetupError);
    await expect(install).rejects.toThrow(lock);
  },
);

test('npm that fails, and no npm', async () => {
  const { ours } = project();
  const stderr = 'npm error code E404\nnpm error 404 Not Found\nsee the log';
  await expect(installBindingPackage(ours, fakeRun({ npm: { code: 1, stderr } }), signal)).rejects.toThrow(
    /npm could not install @tensorflow\/tfjs-node-gpu@\^4\.22\.0 in .*: npm error 404 Not Found\n/,
  );
  await expect(installBindingPackage(ours, fakeRun({}), signal)).rejects.toThrow(/there is no npm/);
});

test('a checkout and a global package have no project to install into', async () => {
  const { folder, ours } = project();
  expect(projectOf(ours)).toBe(folder);
  expect(projectOf(path.join(ours, 'node_modules/other'))).toBe(folder);
  expect(projectOf(folder)).toBeUndefined();
  const global = path.join(temporaryFolder(), 'lib/node_modules/tfjs-reranker');
  expect(projectOf(global)).toBeUndefined();
  mkdirSync(global, { recursive: true });
  writeFileSync(path.join(global, 'package.json'), JSON.stringify({ peerDependencies: {} }));
  await expect(installBindingPackage(global, fakeRun({ npm: {} }), signal)).rejects.toThrow(
    /in a checkout npm ci, globally npm install -g --ignore-scripts/,
  );
});
