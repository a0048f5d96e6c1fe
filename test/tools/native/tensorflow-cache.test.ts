import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { NativeSetupError } from '../../../dist/errors/errors.js';
import { cacheFolder } from '../../../dist/files/cache-folder.js';
import { type RunProgram, runProgram } from '../../../dist/tools/native/run-program.js';
import {
  cachedFolder,
  fetchTensorFlow,
  unpackGivenWheel,
} from '../../../dist/tools/native/tensorflow-cache.js';
import { openTensorFlowFolder } from '../../../dist/tools/native/tensorflow-folder.js';
import { chooseWheel, type Wheel } from '../../../dist/tools/native/tensorflow-wheel.js';
import { emptyTensorFlow, fakeRun, LINUX, setupOptions, temporaryFolder } from './support.js';

const python = await runProgram('python3', ['-c', 'import zipfile']);
const NO_PYTHON = python?.code === 0 ? undefined : 'python3 is not installed, which unpacks wheels';

/** A wheel with a TensorFlow of empty files and something else that must not be unpacked. */
async function smallWheel(name = 'some-1.0.whl'): Promise<string> {
  const content = emptyTensorFlow();
  for (const extra of ['include/Eigen/big.h', 'python/keras.py', 'include/absl/log/globals.h']) {
    mkdirSync(path.dirname(path.join(content, extra)), { recursive: true });
    writeFileSync(path.join(content, extra), extra);
  }
  const parent = temporaryFolder();
  const file = path.join(parent, name);
  const script =
    'import os, sys, zipfile\nfile, top = sys.argv[1:]\nwith zipfile.ZipFile(file, "w") as z:\n' +
    '    for folder, _, names in os.walk(top):\n        for name in names:\n' +
    '            path = os.path.join(folder, name); z.write(path, "tensorflow/" + os.path.relpath(path, top))\n';
  expect((await runProgram('python3', ['-c', script, file, content]))?.code).toBe(0);
  return file;
}

function wheelOf(file: string): Wheel {
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  return { ...chooseWheel(LINUX, false), file: path.basename(file), sha256, wheelBytes: 1, libraryBytes: 1 };
}

/** pip that "downloads" a file; all else is real. */
function withPip(file: string, calls: (readonly string[])[] = []): RunProgram {
  return async (program, args, options) => {
    if (args[1] !== 'pip') {
      return runProgram(program, args, options);
    }
    calls.push(args);
    if (args[2] === 'download') {
      copyFileSync(file, path.join(args[args.indexOf('--dest') + 1] as string, path.basename(file)));
    }
    return { code: 0, stdout: '', stderr: '' };
  };
}

test('downloads with options for any pip, unpacks what is needed, and keeps only that', async (context) => {
  context.skip(NO_PYTHON !== undefined, NO_PYTHON);
  const file = await smallWheel();
  const calls: (readonly string[])[] = [];
  const options = setupOptions({ run: withPip(file, calls) });
  const { folder } = await fetchTensorFlow(wheelOf(file), false, options);
  expect(folder).toBe(cachedFolder(options.cache, LINUX, false));
  expect(readdirSync(options.cache)).toEqual([path.basename(folder)]);
  expect(readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()).toEqual([
    'include',
    'include/absl',
    'include/absl/log',
    'include/absl/log/globals.h',
    'include/tensorflow',
    'include/tensorflow/c',
    'include/tensorflow/c/eager',
    'include/tensorflow/c/eager/c_api.h',
    'libtensorflow_cc.so.2',
    'libtensorflow_framework.so.2',
  ]);
  const download = calls.find((args) => args[2] === 'download')?.join(' ');
  for (const words of [
    '--no-deps',
    '--only-binary=:all:',
    '--python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_27_x86_64',
    'tensorflow-cpu==2.21.0',
  ]) {
    expect(download).toContain(words);
  }
  // From the cache: no program is needed.
  await fetchTensorFlow(wheelOf(file), false, { ...options, run: fakeRun({}) });
});

test('a download with another sha256 is refused, and nothing of it is kept', async (context) => {
  context.skip(NO_PYTHON !== undefined, NO_PYTHON);
  const file = await smallWheel();
  const options = setupOptions({ run: withPip(file) });
  const fetched = fetchTensorFlow({ ...wheelOf(file), sha256: '0'.repeat(64) }, false, options);
  await expect(fetched).rejects.toThrow(
    /has the sha256 [0-9a-f]{64}; the published wheel has 0{64}\.\n.*download it again/,
  );
  expect(readdirSync(options.cache)).toEqual([]);
});

test.each([
  ['no Python', {}, /Python 3\.8 or later was not found.*apt install python3.*--tensorflow DIR/],
  ['a Python that is too old', { python3: { code: 1 }, python: { code: 1 } }, /Python 3\.8 or later/],
  [
    'no pip',
    { python3: (args: readonly string[]) => ({ code: args.includes('pip') ? 1 : 0 }) },
    /python3 has no pip.*apt install python3-pip.*--wheel FILE/,
  ],
  [
    'a pip that fails',
    {
      python: (args: readonly string[]) =>
        args.includes('download')
          ? { code: 1, stderr: 'WARNING: x\nERROR: No matching distribution found\n' }
          : {},
    },
    /pip could not download tensorflow-cpu 2\.21\.0: ERROR: No matching distribution found\n.*--wheel FILE/,
  ],
])('%s: one message, and an unchanged cache', async (_, programs, message) => {
  const options = setupOptions({ run: fakeRun(programs) });
  const fetched = fetchTensorFlow({ ...chooseWheel(LINUX, false), libraryBytes: 1 }, false, options);
  await expect(fetched).rejects.toThrow(NativeSetupError);
  await expect(fetched).rejects.toThrow(message);
  expect(readdirSync(options.cache)).toEqual([]);
});

test('a disk that is too small is found before the download', async () => {
  const options = setupOptions({ run: fakeRun({ python3: {} }) });
  const fetched = fetchTensorFlow({ ...chooseWheel(LINUX, false), libraryBytes: 1e18 }, false, options);
  await expect(fetched).rejects.toThrow(/has \d+ MB free; TensorFlow needs 1000000000\d+ MB.*XDG_CACHE_HOME/);
  expect(options.steps).toEqual([]);
});

test('a cache that cannot be written', async () => {
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const options = setupOptions({ cache: path.join(file, 'cache') });
  await expect(fetchTensorFlow(chooseWheel(LINUX, false), false, options)).rejects.toThrow(
    /cannot be written: .*\nSet XDG_CACHE_HOME/,
  );
});

test('a given wheel: unpacked once, its sha256 reported, the file unchanged', async (context) => {
  context.skip(NO_PYTHON !== undefined, NO_PYTHON);
  const file = await smallWheel();
  const options = setupOptions({ run: runProgram });
  const { folder } = await unpackGivenWheel(file, false, options);
  expect(openTensorFlowFolder(folder, 'linux').folder).toBe(folder);
  expect(options.steps[0]).toContain(wheelOf(file).sha256);
  expect(existsSync(file)).toBe(true);
  await unpackGivenWheel(file, false, { ...options, run: fakeRun({}) });
});

test('a wheel with the pinned name must have the pinned sha256', async (context) => {
  context.skip(NO_PYTHON !== undefined, NO_PYTHON);
  const file = await smallWheel(chooseWheel(LINUX, false).file);
  const options = setupOptions({ run: runProgram });
  await expect(unpackGivenWheel(file, false, options)).rejects.toThrow(/damaged or another file/);
  expect(readdirSync(options.cache)).toEqual([]);
});

test('unusable wheels', async (context) => {
  context.skip(NO_PYTHON !== undefined, NO_PYTHON);
  const options = setupOptions({ run: runProgram });
  const folder = temporaryFolder();
  await expect(unpackGivenWheel(path.join(folder, 'none.whl'), false, options)).rejects.toThrow(
    /none\.whl cannot be read: ENOENT/,
  );
  writeFileSync(path.join(folder, 'text.whl'), 'text');
  await expect(unpackGivenWheel(path.join(folder, 'text.whl'), false, options)).rejects.toThrow(
    /text\.whl cannot be unpacked: .*BadZipFile/,
  );
  const arm = chooseWheel({ ...LINUX, arch: 'arm64' }, false).file;
  await expect(unpackGivenWheel(path.join(folder, arm), false, options)).rejects.toThrow(
    /another machine or purpose\. For linux x64 without --gpu, use tensorflow_cpu-/,
  );
  const mac = await smallWheel();
  await expect(
    unpackGivenWheel(mac, false, {
      ...options,
      machine: { platform: 'darwin', arch: 'arm64', glibc: undefined },
    }),
  ).rejects.toThrow(/has no libtensorflow_cc\.2\.dylib/);
  expect(readdirSync(options.cache)).toEqual([]);
});

test("the cache is in the system's place for caches", () => {
  expect(cacheFolder('linux', '/data/cache')).toBe('/data/cache/tfjs-reranker');
  expect(cacheFolder('linux', undefined)).toMatch(/\/\.cache\/tfjs-reranker$/);
  expect(cacheFolder('linux', 'relative')).toMatch(/\/\.cache\/tfjs-reranker$/);
  expect(cacheFolder('darwin', undefined)).toMatch(/\/Library\/Caches\/tfjs-reranker$/);
});
