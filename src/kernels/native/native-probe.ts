import { neg, type Tensor, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { BackendUnavailableError } from '../../errors/errors.js';
import type { Kernels } from '../kernels.js';
import { DTYPES, type ModelDtype } from '../names.js';
import { PLAIN_KERNELS } from '../plain.js';
import type { Probe } from './native-facts.js';
import { createInt8Kernels } from './native-int8.js';
import { NATIVE_KERNELS } from './native-kernels.js';
import { cast, nodeBackend, TF } from './native-ops.js';
import { bfloat16Obstacle } from './processor-flags.js';

/** One kernel of the native backend, and whether the binding and the device have it. */
export interface NativeKernelProbe extends Probe {
  readonly dtype: ModelDtype;
}

/** The kernels that a dtype needs. int8 needs bfloat16's too, for the tokens that open and close a pair. */
const NEEDED = {
  float32: ['float32'],
  bfloat16: ['bfloat16'],
  int8: ['bfloat16', 'int8'],
} as const satisfies Readonly<Record<ModelDtype, readonly ModelDtype[]>>;

/** Runs every kernel once, in the backend of this thread, on small numbers with known results. */
export function probeNativeKernels(): readonly NativeKernelProbe[] {
  return DTYPES.flatMap(probeDtype);
}

/** Probes the kernels of one dtype. Kernels that would end the process are not run. */
function probeDtype(dtype: ModelDtype): readonly NativeKernelProbe[] {
  const obstacle = dtype === 'float32' ? undefined : bfloat16Obstacle();
  if (obstacle !== undefined) {
    return [{ dtype, name: `${dtype} linear`, works: false, reason: obstacle, byProcessor: true }];
  }
  return dtype === 'int8' ? [probeInt8()] : probeFloatKernels(dtype);
}

function probeFloatKernels(dtype: 'float32' | 'bfloat16'): NativeKernelProbe[] {
  const { linear, layerNorm, attention } = NATIVE_KERNELS[dtype];
  const x = () => tensor2d([1, 2, 3, 4], [2, 2]);
  const prepare = () => linear.prepare(tensor2d([0.5, 0, 0, 2], [2, 2]), tensor1d([1, -1]));
  return [
    runProbe(dtype, 'linear', () => {
      assertClose(linear.forward(x(), prepare()), [1.5, 3, 2.5, 7]);
      assertClose(linear.forward(neg(x()), prepare(), 'gelu'), [0.3457, 0, -0.1543, 0]);
    }),
    runProbe(dtype, 'layerNorm', () => {
      assertClose(layerNorm(tensor2d([1, 3], [1, 2]), tensor1d([1, 2]), tensor1d([0, 1]), 1e-5), [-1, 3]);
    }),
    runProbe(dtype, 'attention', () => {
      // Two tokens, one head of one number: query 0 attends equally to both.
      const projected = tensor2d([0, 5, 1, 0, 7, 3], [2, 3]);
      const sizes = { batch: 1, seq: 2, queries: 2, heads: 1, headDim: 1, lengths: Int32Array.of(2) };
      const shape = { ...sizes, additiveMask: undefined };
      assertClose(attention(projected, shape), [2, 2]);
    }),
  ];
}

function probeInt8(): NativeKernelProbe {
  return runProbe('int8', 'linear', () => {
    const kernels = createInt8Kernels();
    const prepared = kernels.linear.prepare(tensor2d([0.5, 0, 0, 2], [2, 2]), tensor1d([1, -1]));
    // Three tokens; only the middle one is no boundary.
    kernels.startBatch({ inputIds: Int32Array.of(0, 1, 2), lengths: Int32Array.of(3), seq: 3 });
    const forward = (activation?: 'gelu') =>
      kernels.linear.forward(tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), prepared, activation);
    try {
      kernels.measureRanges(forward);
      assertClose(forward(), [1.5, 3, 2.5, 7, 3.5, 11], 0.1);
      assertClose(forward('gelu'), [1.4, 2.996, 2.484, 7, 3.499, 11], 0.1);
    } finally {
      kernels.dispose();
    }
  });
}

function runProbe(dtype: ModelDtype, kernel: string, probe: () => void): NativeKernelProbe {
  const name = `${dtype} ${kernel}`;
  try {
    tidy(probe);
    return { dtype, name, works: true };
  } catch (error) {
    const reason = (error as Error).message.split('\n').slice(0, 2).join(' ');
    return { dtype, name, works: false, reason };
  }
}

/** Compares within bfloat16's precision for numbers below 8. */
function assertClose(actual: Tensor, expected: readonly number[], tolerance = 0.03): void {
  const values = Array.from(cast(actual, TF.float32).dataSync());
  if (!values.every((value, i) => Math.abs(value - (expected[i] as number)) <= tolerance)) {
    throw new Error(`it gives ${values.join(', ')} instead of ${expected.join(', ')}`);
  }
}

const probed = new Map<ModelDtype, readonly NativeKernelProbe[]>();

function probeOnce(dtype: ModelDtype): readonly NativeKernelProbe[] {
  const known = probed.get(dtype) ?? probeDtype(dtype);
  probed.set(dtype, known);
  return known;
}

/**
 * The kernels for a dtype on the native backend: its own if the binding and the device have all of them, else
 * TensorFlow.js's operations. A GPU always gets the latter, because oneDNN's kernels would copy everything to the
 * processor and back.
 *
 * @throws BackendUnavailableError when the dtype needs kernels that are missing; float32 never does.
 */
export function createNativeKernels(dtype: ModelDtype): Kernels {
  if (nodeBackend().isUsingGpuDevice) {
    if (dtype === 'float32') {
      return PLAIN_KERNELS;
    }
    throw new BackendUnavailableError(`dtype ${dtype} is computed on processors only; use float32 on a GPU.`);
  }
  const missing = NEEDED[dtype].flatMap(probeOnce).filter(({ works }) => !works);
  if (missing.length === 0) {
    return dtype === 'int8' ? createInt8Kernels() : NATIVE_KERNELS[dtype];
  }
  if (dtype === 'float32') {
    return PLAIN_KERNELS;
  }
  const wayOut = missing.some(({ byProcessor }) => byProcessor)
    ? 'Use float32.'
    : 'Run `tfjs-reranker setup-native`, or use float32.';
  throw new BackendUnavailableError(
    `dtype ${dtype} needs kernels that this native backend does not have: ` +
      `${missing.map(({ name, reason }) => `${name} (${reason})`).join('; ')}. ${wayOut}`,
  );
}
