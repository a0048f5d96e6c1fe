import { expect, test } from 'vitest';
import { BACKENDS } from '../../../dist/kernels/names.js';
import { NATIVE_IS_BUILT } from '../../support/native-binding.js';
import { runCli } from '../../support/run-cli.js';
import { temporaryFolder } from '../../support/tiny-model.js';

test('doctor --format json has every fact, and nothing on stderr', async () => {
  const { code, stdout, stderr } = await runCli(['doctor', '--format', 'json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const diagnosis = JSON.parse(stdout) as {
    backends: { backend: string; works: boolean }[];
    lacks: { what: string; mend: string }[];
  };
  expect(diagnosis).toMatchObject({
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    processor: { model: expect.any(String), cores: expect.any(Number), flags: expect.any(Array) },
    memory: { total_bytes: expect.any(Number), free_bytes: expect.any(Number) },
    gpus: expect.any(Array),
    auto: NATIVE_IS_BUILT ? 'node' : 'wasm',
    binding: { package: '@tensorflow/tfjs-node-gpu', version: expect.any(String) },
    model: { found: true, layers: 12 },
  });
  expect(diagnosis.backends.map(({ backend }) => backend)).toEqual([...BACKENDS]);
  expect(diagnosis.backends.find(({ backend }) => backend === 'wasm')?.works).toBe(true);
  const nodeLacks = diagnosis.lacks.filter(({ what }) => what.startsWith('The backend node does not run'));
  expect(nodeLacks.map(({ mend }) => mend)).toEqual(
    NATIVE_IS_BUILT ? [] : [expect.stringMatching(/setup-native|TensorFlow/)],
  );
});

test('doctor as a table: each backend, the choice of auto, and the command that fixes what is missing', async () => {
  const { code, stdout } = await runCli(['doctor', '--model', temporaryFolder()]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Node {10}v\d+/m);
  expect(stdout).toMatch(/^✓ wasm {8}wasm: WebAssembly, .*?(, \d+ threads)?$/m);
  expect(stdout).toMatch(
    /^auto takes {4}(node, the fastest|wasm, the fastest that works: node cannot start)(; webgpu only with --backend webgpu)?$/m,
  );
  expect(stdout).toMatch(/^TensorFlow {4}(none|\d+\.\d+\.\d+, on the [CG]PU)$/m);
  expect(stdout).toMatch(/config\.json.*\n {2}npm install tfjs-reranker, or --model FOLDER\n/);
});

test.each([
  [['--tensorflow', '/none'], 4, /The TensorFlow folder \/none has no libtensorflow_cc/],
  [['--wheel', '/none.whl'], 4, /The wheel \/none\.whl cannot be read/],
  [['--wheel', 'a', '--tensorflow', 'b'], 2, /wheel and tensorflow are mutually exclusive/],
])('setup-native %j', async (args, expected, message) => {
  const { code, stdout, stderr } = await runCli(['setup-native', ...args]);
  expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
  expect(stderr).toMatch(message);
});
