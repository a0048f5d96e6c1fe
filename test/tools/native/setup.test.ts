import { existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { NativeSetupError } from '../../../dist/errors/errors.js';
import { removeBinding } from '../../../dist/tools/native/placement.js';
import type { RunProgram } from '../../../dist/tools/native/run-program.js';
import { setUpPackage } from '../../../dist/tools/native/setup.js';
import {
  contents,
  emptyTensorFlow,
  fakeCompiler,
  fakeNode,
  fakeRun,
  GOOD_PROBE,
  packageCopy,
  setupOptions,
  temporaryFolder,
} from './support.js';

const BINDING = 'lib/napi-v8/tfjs_binding.node';

test('builds, links, stamps and tests; the package keeps its source and gets nothing else', async () => {
  const pkg = packageCopy();
  const before = contents(pkg.folder);
  const tensorflow = emptyTensorFlow();
  const setup = await setUpPackage(pkg, setupOptions({ tensorflow }));
  expect(setup).toMatchObject({ wasThere: false, probe: GOOD_PROBE, stamp: { libraries: tensorflow } });
  const { [BINDING]: binding, 'lib/napi-v8/tfjs-reranker.json': stamp, ...rest } = contents(pkg.folder);
  expect(binding).toBe('binding');
  expect(JSON.parse(stamp as string)).toEqual(setup.stamp);
  expect(setup.stamp).toMatchObject({ tensorflow: '2.21.0', tfjsNode: '4.22.0', nodeApi: 8, insertions: 1 });
  const links = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'].map((name) => `deps/lib/${name}`);
  for (const link of links) {
    expect(readlinkSync(path.join(pkg.folder, link))).toBe(path.join(tensorflow, path.basename(link)));
  }
  expect(rest).toEqual({ ...before, ...Object.fromEntries(links.map((link) => [link, ''])) });
});

test('the second run only tests', async () => {
  const pkg = packageCopy();
  const tensorflow = emptyTensorFlow();
  await setUpPackage(pkg, setupOptions({ tensorflow }));
  const withoutCompiler = fakeRun({ node: fakeNode() });
  for (const again of [{ tensorflow }, {}]) {
    const options = setupOptions({ ...again, run: withoutCompiler });
    expect(await setUpPackage(pkg, options)).toMatchObject({ wasThere: true, probe: GOOD_PROBE });
    expect(options.steps).toEqual([]);
  }
});

test('an existing binding that fails the self-test is built again', async () => {
  const pkg = packageCopy();
  const tensorflow = emptyTensorFlow();
  await setUpPackage(pkg, setupOptions({ tensorflow }));
  const probes = [{ ...GOOD_PROBE, works: false, description: 'no such symbol' }, GOOD_PROBE];
  const node = (args: readonly string[]) =>
    args[0] === '-p' ? { stdout: '2.21.0' } : { stdout: JSON.stringify(probes.shift()) };
  const options = setupOptions({ tensorflow, run: fakeRun({ 'c++': fakeCompiler('new'), node }) });
  expect(await setUpPackage(pkg, options)).toMatchObject({ wasThere: false });
  expect(options.steps[0]).toMatch(/fails the self-test.*no such symbol/);
  expect(readFileSync(path.join(pkg.folder, BINDING), 'utf8')).toBe('new');
});

const FAR = { pairs: 12, maxDifference: 0.25, tolerance: 5e-5, passed: false };
const FAILURES: readonly (readonly [string, RunProgram, RegExp])[] = [
  ['no compiler', fakeRun({ node: fakeNode() }), /No C\+\+ compiler.*apt install g\+\+.*CXX/],
  [
    'a compiler that fails',
    fakeRun({
      'c++': (args) =>
        args.includes('--version') ? {} : { code: 1, stderr: 'note\nx.cc:3:1: error: bad\nmore' },
      node: fakeNode(),
    }),
    /c\+\+ could not build the binding: x\.cc:3:1: error: bad\n.*--verbose/,
  ],
  [
    'a binding that cannot be loaded',
    fakeRun({
      'c++': fakeCompiler(),
      node: { code: 1, stderr: 'at x\nError: libfoo.so: not found\n  at y' },
    }),
    /cannot be loaded: Error: libfoo\.so: not found/,
  ],
  [
    'a backend that does not start',
    fakeRun({
      'c++': fakeCompiler(),
      node: fakeNode({ ...GOOD_PROBE, works: false, description: 'matrix product: gave 3 for 4' }),
    }),
    /fails the self-test: matrix product: gave 3 for 4\nThe previous state was restored/,
  ],
  [
    'other logits',
    fakeRun({ 'c++': fakeCompiler(), node: fakeNode({ ...GOOD_PROBE, reference: FAR }) }),
    /fails the self-test: logits are 0\.25 from the reference's/,
  ],
  [
    'a process that dies',
    fakeRun({ 'c++': fakeCompiler(), node: (args) => (args[0] === '-p' ? { stdout: '2' } : { code: null }) }),
    /fails the self-test: the process that tried it was ended by a signal/,
  ],
];

test.each(FAILURES)(
  '%s: the message says so, and an untouched package is unchanged',
  async (_, run, message) => {
    const pkg = packageCopy();
    const before = contents(pkg.folder);
    const setup = setUpPackage(pkg, setupOptions({ tensorflow: emptyTensorFlow(), run }));
    await expect(setup).rejects.toThrow(NativeSetupError);
    await expect(setup).rejects.toThrow(message);
    expect(contents(pkg.folder)).toEqual(before);
    expect(existsSync(path.join(pkg.folder, 'lib'))).toBe(false);
  },
);

test.each(FAILURES)('%s: an earlier binding stays in place', async (_, run, message) => {
  const pkg = packageCopy();
  await setUpPackage(pkg, setupOptions({ tensorflow: emptyTensorFlow() }));
  const before = contents(pkg.folder);
  const setup = setUpPackage(pkg, setupOptions({ tensorflow: emptyTensorFlow(), run }));
  await expect(setup).rejects.toThrow(message);
  expect(contents(pkg.folder)).toEqual(before);
});

test('an interrupted self-test removes the binding again', async () => {
  const pkg = packageCopy();
  const before = contents(pkg.folder);
  const run = fakeRun({
    'c++': fakeCompiler(),
    node: (args) => {
      if (args[0] !== '-p') throw new DOMException('The operation was aborted', 'AbortError');
      return { stdout: '2.21.0' };
    },
  });
  const setup = setUpPackage(pkg, setupOptions({ tensorflow: emptyTensorFlow(), run }));
  await expect(setup).rejects.toThrow('aborted');
  expect(contents(pkg.folder)).toEqual(before);
});

test("others' binding is not changed; --remove removes it, and the rest of an interrupted setup", async () => {
  const pkg = packageCopy();
  const before = contents(pkg.folder);
  await setUpPackage(pkg, setupOptions({ tensorflow: emptyTensorFlow() }));
  rmSync(path.join(pkg.folder, 'lib/napi-v8/tfjs-reranker.json'));
  writeFileSync(path.join(pkg.folder, '.setup-native-1'), '');
  const setup = setUpPackage(pkg, setupOptions({ tensorflow: emptyTensorFlow() }));
  await expect(setup).rejects.toThrow(/setup-native did not build; it was not changed\.\n.*--remove/);
  expect(readFileSync(path.join(pkg.folder, BINDING), 'utf8')).toBe('binding');
  await removeBinding(pkg.folder);
  expect(contents(pkg.folder)).toEqual(before);
});

test('an unknown source is built unchanged, with a message', async () => {
  const pkg = packageCopy();
  writeFileSync(path.join(pkg.folder, 'binding/tfjs_backend.cc'), '// another one\n');
  let compiled = '';
  const run = fakeRun({
    'c++': (args) => {
      const source = args.find((arg) => arg.endsWith('tfjs_backend.cc'));
      compiled = source === undefined ? compiled : readFileSync(source, 'utf8');
      return (fakeCompiler() as (args: readonly string[]) => object)(args);
    },
    node: fakeNode(),
  });
  const options = setupOptions({ tensorflow: emptyTensorFlow(), run });
  expect((await setUpPackage(pkg, options)).stamp.insertions).toBe(0);
  expect(compiled).toBe('// another one\n');
  expect(options.steps.join('\n')).toContain('built unchanged');
});

test('with --gpu, CUDA is where pip put it', async () => {
  const pkg = packageCopy();
  const nvidia = temporaryFolder();
  const run = fakeRun({ 'c++': fakeCompiler(), node: fakeNode(), python3: { stdout: `${nvidia}\n` } });
  await setUpPackage(pkg, setupOptions({ tensorflow: emptyTensorFlow(), gpu: true, run }));
  expect(readlinkSync(path.join(pkg.folder, 'deps/nvidia'))).toBe(nvidia);
});

test('with --gpu and without pip’s CUDA, the message says how to get it', async () => {
  const pkg = packageCopy();
  const options = setupOptions({ tensorflow: emptyTensorFlow(), gpu: true });
  await setUpPackage(pkg, options);
  expect(existsSync(path.join(pkg.folder, 'deps/nvidia'))).toBe(false);
  expect(options.steps.join('\n')).toContain("python3 -m pip install 'tensorflow[and-cuda]'");
});

test('CXX names the compiler, with its arguments', async () => {
  const calls: (readonly string[])[] = [];
  const ccache = (args: readonly string[]) => {
    calls.push(args);
    return (fakeCompiler() as (args: readonly string[]) => object)(args);
  };
  const run = fakeRun({ ccache, node: fakeNode() });
  const tensorflow = emptyTensorFlow();
  await setUpPackage(packageCopy(), setupOptions({ tensorflow, run, compiler: ' ccache g++-13 ' }));
  expect(calls.map(([first]) => first)).toEqual(['g++-13', 'g++-13']);
  const setup = setUpPackage(packageCopy(), setupOptions({ tensorflow, run, compiler: '/none/g++' }));
  await expect(setup).rejects.toThrow(/CXX names, \/none\/g\+\+, does not start/);
});
