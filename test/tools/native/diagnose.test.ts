import { expect, test } from 'vitest';
import { parseCpuinfo } from '../../../dist/kernels/native/processor-flags.js';
import type { BackendProbe } from '../../../dist/tools/native/backend-probe.js';
import { probeBackend } from '../../../dist/tools/native/backend-probe.js';
import { listGpus } from '../../../dist/tools/native/cuda.js';
import type { Diagnosis } from '../../../dist/tools/native/lacks.js';
import { findLacks } from '../../../dist/tools/native/lacks.js';
import { parseSysctl, readProcessor } from '../../../dist/tools/native/processor.js';
import { fakeRun, GOOD_PROBE, LINUX } from './support.js';

const WASM: BackendProbe = { backend: 'wasm', works: true, description: 'wasm', kernels: [] };
const HEALTHY: Omit<Diagnosis, 'lacks'> = {
  node: 'v20.19.0',
  machine: LINUX,
  processor: { model: 'some', cores: 2, flags: [] },
  memory: { totalBytes: 8e9, freeBytes: 4e9 },
  gpus: [],
  backends: [GOOD_PROBE, WASM],
  auto: 'node',
  binding: { package: '@tensorflow/tfjs-node-gpu', version: '4.22.0', kind: 'ours' },
  model: { folder: '/model', layers: 12 },
};
const NOT_BUILT: BackendProbe = { backend: 'node', works: false, description: 'not built', kernels: [] };
const SETUP = 'node dist/cli/main.js setup-native';

test('nothing is missing if everything works', () => {
  expect(findLacks(HEALTHY)).toEqual([]);
});

test.each<[string, Partial<typeof HEALTHY>, RegExp, string]>([
  ['no binding', { backends: [NOT_BUILT, WASM] }, /node does not run: not built/, SETUP],
  [
    "others' binding that is broken",
    { backends: [NOT_BUILT, WASM], binding: { ...HEALTHY.binding, kind: 'foreign' } },
    /not built/,
    `${SETUP} --remove && ${SETUP}`,
  ],
  [
    'kernels',
    { backends: [{ ...GOOD_PROBE, kernels: [{ name: 'fused', works: false, reason: 'x' }] }, WASM] },
    /slower than it could be; it lacks: fused/,
    SETUP,
  ],
  ['a GPU at rest', { gpus: ['NVIDIA L4, 23034 MiB'] }, /NVIDIA L4.* is not used/, `${SETUP} --gpu`],
  [
    'wasm',
    { backends: [GOOD_PROBE, { ...WASM, works: false, description: 'no file' }] },
    /wasm does not run: no file/,
    'npm ci in a checkout, npm install where the package is used',
  ],
  [
    'a model',
    { model: { missing: 'no folder' } },
    /no folder/,
    'npm install tfjs-reranker, or --model FOLDER',
  ],
])('%s: what is missing, and the command that fixes it', (_, changes, what, mend) => {
  const lacks = findLacks({ ...HEALTHY, ...changes });
  expect(lacks).toEqual([{ what: expect.stringMatching(what), mend }]);
});

test('if TensorFlow cannot run, the reason is given instead of a command that would fail', () => {
  const [lack] = findLacks({
    ...HEALTHY,
    machine: { ...LINUX, glibc: undefined },
    backends: [NOT_BUILT, WASM],
  });
  expect(lack?.mend).toMatch(/musl/);
});

test('a GPU in use is no lack', () => {
  const backends = [{ ...GOOD_PROBE, gpu: true }, WASM];
  expect(findLacks({ ...HEALTHY, gpus: ['NVIDIA L4'], backends })).toEqual([]);
});

test('a missing feature of the processor is not listed, because no command adds it', () => {
  const kernels = [{ name: 'bfloat16 linear', works: false, reason: 'AVX-512', byProcessor: true as const }];
  expect(findLacks({ ...HEALTHY, backends: [{ ...GOOD_PROBE, kernels }, WASM] })).toEqual([]);
});

test('processor flags of both architectures, and of macOS', () => {
  const x64 = parseCpuinfo(
    'processor : 0\nmodel name : x\nflags\t\t: fpu avx2 avx512_bf16\nbugs : y\nflags : none\n',
  );
  expect([...x64]).toEqual(['fpu', 'avx2', 'avx512_bf16']);
  expect([...parseCpuinfo('Features\t: fp asimd bf16\n')]).toEqual(['fp', 'asimd', 'bf16']);
  expect(parseCpuinfo('').has('avx2')).toBe(false);
  const mac =
    'hw.optional.AdvSIMD: 1\nhw.optional.arm.FEAT_BF16: 1\nhw.optional.arm.FEAT_I8MM: 0\nother: 1\n';
  expect([...parseSysctl(mac)]).toEqual(['asimd', 'bf16']);
});

test('only the relevant flags are reported, in a fixed order', async () => {
  const run = fakeRun({ sysctl: { stdout: 'hw.optional.arm.FEAT_BF16: 1\nhw.optional.AdvSIMD: 1\n' } });
  const { flags, cores } = await readProcessor('darwin', run);
  expect(flags).toEqual(['asimd', 'bf16']);
  expect(cores).toBeGreaterThan(0);
  expect((await readProcessor('darwin', fakeRun({}))).flags).toEqual([]);
});

test('GPUs are those of the driver', async () => {
  expect(await listGpus(fakeRun({}))).toEqual([]);
  expect(await listGpus(fakeRun({ 'nvidia-smi': { code: 9 } }))).toEqual([]);
  expect(await listGpus(fakeRun({ 'nvidia-smi': { stdout: 'NVIDIA L4, 23034 MiB\n' } }))).toEqual([
    'NVIDIA L4, 23034 MiB',
  ]);
});

test.each([
  [
    { code: 134, stderr: 'boring\nterminate: some error\nlast' },
    'ended with exit code 134: terminate: some error',
  ],
  [{ code: null }, 'was ended by a signal'],
  [{ code: 0, stdout: 'no answer' }, 'ended with exit code 0'],
])('a backend whose process ends with %j does not work', async (finished, description) => {
  const probe = await probeBackend('node', 0, fakeRun({ node: finished }));
  expect(probe).toEqual({
    backend: 'node',
    works: false,
    description: `the process that tried it ${description}`,
    kernels: [],
  });
});
