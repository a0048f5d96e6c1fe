import * as tf from '@tensorflow/tfjs-core';
import { execute, intAttribute, nodeBackend, stringAttribute, TF, typeAttribute } from './native-ops.js';

/** Whether something works on the backend of this thread. */
export interface Probe {
  readonly name: string;
  readonly works: boolean;
  /** Why not. */
  readonly reason?: string;
  /** Whether the processor is the reason, so that no installation would change it. */
  readonly byProcessor?: true;
}

/** Facts about the native backend. */
export interface NativeFacts {
  /** Version of TensorFlow, reported by its library. */
  readonly tensorflow: string;
  /** Whether it computes on a GPU. */
  readonly gpu: boolean;
}

/** Facts about the native backend; undefined when this thread runs another one. */
export function nativeFacts(): NativeFacts | undefined {
  if (!isNative()) {
    return undefined;
  }
  const { binding, isUsingGpuDevice } = nodeBackend();
  return { tensorflow: binding.TF_Version, gpu: isUsingGpuDevice };
}

/** Multiplies two matrices of small integers, so that every sum is exact. */
export function probeMatMul(): Promise<Probe> {
  const [rows, inner, columns] = [33, 65, 17];
  const a = Float32Array.from({ length: rows * inner }, (_, i) => (i % 7) - 3);
  const b = Float32Array.from({ length: inner * columns }, (_, i) => (i % 5) - 2);
  const expected = Float32Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += (a[row * inner + k] as number) * (b[k * columns + column] as number);
    }
    return sum;
  });
  return probe(
    'matrix product',
    () => [tf.matMul(tf.tensor2d(a, [rows, inner]), tf.tensor2d(b, [inner, columns]))],
    expected,
  );
}

/**
 * Whether the native binding accepts attributes that are lists (of strings, of types), which the fused kernels need.
 *
 * @returns an empty list when this thread runs another backend.
 */
export async function probeListAttributes(): Promise<Probe[]> {
  if (!isNative()) {
    return [];
  }
  return [
    await probe(
      'attributes that are lists of strings',
      () =>
        execute(
          '_FusedMatMul',
          [
            typeAttribute('T', TF.float32),
            intAttribute('num_args', 1),
            stringAttribute('fused_ops', ['BiasAdd']),
          ],
          [tf.tensor2d([1, 2], [1, 2]), tf.tensor2d([3, 4], [2, 1]), tf.tensor1d([5])],
        ),
      [16],
    ),
    await probe(
      'attributes that are lists of types',
      () =>
        execute(
          'IdentityN',
          [typeAttribute('T', [TF.float32, TF.int32])],
          [tf.scalar(6.5), tf.scalar(7, 'int32')],
          2,
        ),
      [6.5, 7],
    ),
  ];
}

function isNative(): boolean {
  return tf.getBackend() === 'tensorflow';
}

/** Runs `compute`. The numbers of all its tensors must equal what is expected. */
async function probe(name: string, compute: () => tf.Tensor[], expected: ArrayLike<number>): Promise<Probe> {
  const actual: number[] = [];
  try {
    for (const output of tf.tidy(compute)) {
      actual.push(...(await output.data())); // some backends can only be read asynchronously
      output.dispose();
    }
  } catch (error) {
    return { name, works: false, reason: error instanceof Error ? error.message.trim() : String(error) };
  }
  const wrong = Array.from(expected).findIndex((value, i) => actual[i] !== value);
  return wrong === -1
    ? { name, works: true }
    : { name, works: false, reason: `gave ${actual[wrong]} for ${expected[wrong]}` };
}
