import * as tf from '@tensorflow/tfjs-core';

/** Whether something works on the backend of this thread. */
export interface Probe {
  readonly name: string;
  readonly works: boolean;
  /** Why not. */
  readonly reason?: string;
}

/** What the native backend says of itself. */
export interface NativeFacts {
  /** Version of TensorFlow, as its library says. */
  readonly tensorflow: string;
  /** Whether it computes on a GPU. */
  readonly gpu: boolean;
}

/** What is used here of tfjs-node's backend, which has no public types for it. */
interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: {
    readonly TF_Version: string;
    readonly TF_ATTR_STRING: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_INT: number;
    readonly TF_FLOAT: number;
    readonly TF_INT32: number;
  };
  executeSingleOutput(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.Tensor[],
  ): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | readonly number[] | readonly string[];
}

/** Facts of the native backend; undefined when this thread runs another one. */
export function nativeFacts(): NativeFacts | undefined {
  const backend = nativeBackend();
  return backend && { tensorflow: backend.binding.TF_Version, gpu: backend.isUsingGpuDevice };
}

/** Multiplies two matrices of small whole numbers, of which every sum is exact. */
export function probeMatMul(): Probe {
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
    () => tf.matMul(tf.tensor2d(a, [rows, inner]), tf.tensor2d(b, [inner, columns])).dataSync(),
    expected,
  );
}

/**
 * Whether the native binding takes attributes that are lists, which the fused kernels need: lists of strings, of types.
 *
 * @returns nothing when this thread runs another backend.
 */
export function probeListAttributes(): Probe[] {
  const backend = nativeBackend();
  if (backend === undefined) {
    return [];
  }
  const { TF_ATTR_STRING, TF_ATTR_TYPE, TF_ATTR_INT, TF_FLOAT, TF_INT32 } = backend.binding;
  return [
    probe(
      'attributes that are lists of strings',
      () =>
        backend
          .executeSingleOutput(
            '_FusedMatMul',
            [
              { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
              { name: 'num_args', type: TF_ATTR_INT, value: 1 },
              { name: 'fused_ops', type: TF_ATTR_STRING, value: ['BiasAdd'] },
            ],
            [tf.tensor2d([1, 2], [1, 2]), tf.tensor2d([3, 4], [2, 1]), tf.tensor1d([5])],
          )
          .dataSync(),
      [16],
    ),
    probe('attributes that are lists of types', () => {
      const outputs = backend.executeMultipleOutputs(
        'IdentityN',
        [{ name: 'T', type: TF_ATTR_TYPE, value: [TF_FLOAT, TF_INT32] }],
        [tf.scalar(6.5), tf.scalar(7, 'int32')],
        2,
      );
      return outputs.flatMap((output) => Array.from(output.dataSync()));
    }, [6.5, 7]),
  ];
}

function nativeBackend(): NativeBackend | undefined {
  return tf.getBackend() === 'tensorflow' ? (tf.backend() as unknown as NativeBackend) : undefined;
}

/** Runs `compute`, which must give exactly what is expected. */
function probe(name: string, compute: () => ArrayLike<number>, expected: ArrayLike<number>): Probe {
  let actual: ArrayLike<number> = [];
  try {
    tf.tidy(() => {
      actual = compute();
    });
  } catch (error) {
    return { name, works: false, reason: error instanceof Error ? error.message.trim() : String(error) };
  }
  const wrong = Array.from(expected).findIndex((value, i) => actual[i] !== value);
  return wrong === -1
    ? { name, works: true }
    : { name, works: false, reason: `gave ${actual[wrong]} for ${expected[wrong]}` };
}
