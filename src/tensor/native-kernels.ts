import {
  abs,
  max,
  min,
  neg,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import { BackendUnavailableError } from '../errors.js';
import {
  type AttentionShape,
  type FusedActivation,
  type Kernels,
  type LinearKernel,
  type ModelDtype,
  PLAIN_KERNELS,
} from './kernels.js';
import {
  boolAttribute,
  cast,
  execute,
  executeOne,
  floatAttribute,
  intAttribute,
  reshapeTo,
  stringAttribute,
  TF,
  transposeBy,
  typeAttribute,
  typeOfInput,
  unstackFirst,
} from './native-ops.js';

/**
 * oneDNN's kernels in TensorFlow, by the names that its own graph rewriter gives them. They are eager ops like any
 * other, and one of them does what takes TensorFlow.js three to eight.
 */

/** What a fused product does after it: the names are oneDNN's. */
const EPILOGUE = { none: ['BiasAdd'], gelu: ['BiasAdd', 'GeluExact'] } as const;

/** x W + b and the activation, x and W of one type; GELU by the error function. */
function fusedMatMul(x: Tensor2D, weight: Tensor, bias: Tensor, activation?: FusedActivation): Tensor2D {
  return executeOne<Tensor2D>(
    '_MklNativeFusedMatMul',
    [
      typeOfInput(x),
      boolAttribute('transpose_a', false),
      boolAttribute('transpose_b', false),
      intAttribute('num_args', 1),
      stringAttribute('fused_ops', EPILOGUE[activation ?? 'none']),
      floatAttribute('epsilon', 0),
      floatAttribute('leakyrelu_alpha', 0),
      stringAttribute('_kernel', 'MklNameChangeOp'),
    ],
    [x, weight, bias],
  );
}

const FLOAT32_LINEAR: LinearKernel = {
  prepare: (weight, bias) => [weight, bias],
  forward: (x, prepared, activation) => {
    const [weight, bias] = prepared as readonly [Tensor, Tensor];
    return fusedMatMul(x, weight, bias, activation);
  },
};

/** Weights, inputs and outputs in bfloat16, sums in float32. The output stays bfloat16. */
const BFLOAT16_LINEAR: LinearKernel = {
  prepare: (weight, bias) => [cast(weight, TF.bfloat16), cast(bias, TF.bfloat16)],
  forward: (x, prepared, activation) => {
    const [weight, bias] = prepared as readonly [Tensor, Tensor];
    return fusedMatMul(cast(x, TF.bfloat16), weight, bias, activation);
  },
};

/**
 * To int8, symmetric: q = round(x * 127 / limit), the limit being the larger of |low| and |high|.
 *
 * @param axis of the weight's own limits, one an output channel; -1: one limit for all.
 * @returns values and the two ends of their range.
 */
function quantize(x: Tensor, low: Tensor, high: Tensor, axis: number): [Tensor, Tensor, Tensor] {
  return execute(
    'QuantizeV2',
    [
      typeAttribute('T', TF.int8),
      stringAttribute('mode', 'SCALED'),
      stringAttribute('round_mode', 'HALF_TO_EVEN'),
      boolAttribute('narrow_range', true),
      intAttribute('axis', axis),
      floatAttribute('ensure_minimum_range', 0),
    ],
    [x, low, high],
    3,
  ) as [Tensor, Tensor, Tensor];
}

/** `is_weight_const` would let one kernel keep its first weight for all layers: it is shared by all. */
const QUANTIZED_MATMUL = [
  typeAttribute('T1', TF.int8),
  typeAttribute('T2', TF.int8),
  typeAttribute('Tbias', TF.float32),
  typeAttribute('Tout', TF.float32),
  typeAttribute('U', TF.float32),
  typeAttribute('Tdevice_inputs', [TF.int8, TF.int8, TF.float32]),
  typeAttribute('Thost_inputs', [TF.float32, TF.float32, TF.float32, TF.float32]),
  typeAttribute('Tdevice_outputs', [TF.float32]),
  typeAttribute('Thost_outputs', []),
  boolAttribute('transpose_a', false),
  boolAttribute('transpose_b', false),
  stringAttribute('input_quant_mode', 'SCALED'),
  stringAttribute('output_quant_mode', 'SCALED'),
  boolAttribute('is_weight_const', false),
  boolAttribute('is_bias_const', false),
  floatAttribute('leakyrelu_alpha', 0),
];

/**
 * Weights in int8 with a scale an output channel; inputs in int8 with one scale, found when they come. Sums in int32,
 * bias, GELU and output in float32.
 */
const INT8_LINEAR: LinearKernel = {
  prepare: (weight, bias) => {
    const limit = max(abs(weight), 0); // [outFeatures]
    const [quantized, low, high] = quantize(weight, neg(limit), limit, 1);
    return [quantized, low, high, bias];
  },
  forward: (x, prepared, activation) => {
    const [weight, weightLow, weightHigh, bias] = prepared as readonly [Tensor, Tensor, Tensor, Tensor];
    const values = cast(x, TF.float32);
    const [quantized, low, high] = quantize(values, min(values), max(values), -1);
    return executeOne<Tensor2D>(
      '_QuantizedMatMul',
      [...QUANTIZED_MATMUL, stringAttribute('fused_ops', [...EPILOGUE[activation ?? 'none'], 'Dequantize'])],
      [quantized, weight, bias, low, high, weightLow, weightHigh],
    );
  },
};

function layerNorm(x: Tensor2D, weight: Tensor1D, bias: Tensor1D, eps: number): Tensor2D {
  return executeOne<Tensor2D>(
    '_MklLayerNorm',
    [typeOfInput(x), floatAttribute('epsilon', eps), stringAttribute('_kernel', '')],
    [x, weight, bias],
  );
}

/** softmax over the last dimension; sums in float32 in either type. */
function softmax(x: Tensor): Tensor {
  return executeOne('_MklSoftmax', [typeOfInput(x), stringAttribute('_kernel', 'MklNameChangeOp')], [x]);
}

/** x y, or x y^T, of the last two dimensions. */
function batchMatMul(x: Tensor, y: Tensor, transposeY: boolean): Tensor {
  return executeOne(
    '_MklBatchMatMulV2',
    [
      typeOfInput(x),
      boolAttribute('adj_x', false),
      boolAttribute('adj_y', transposeY),
      stringAttribute('_kernel', 'MklNameChangeOp'),
    ],
    [x, y],
  );
}

/** Attention with both products in the type given; the softmax sums in float32. */
function attentionIn(type: typeof TF.float32 | typeof TF.bfloat16): NonNullable<Kernels['attention']> {
  return (projected: Tensor2D, shape: AttentionShape): Tensor2D => {
    const { batch, seq, queries, heads, headDim, additiveMask } = shape;
    const byToken = reshapeTo(cast(projected, type), [batch, seq, 3, heads, headDim]);
    const byPart = transposeBy(byToken, [2, 0, 3, 1, 4]); // [3, batch, heads, seq, headDim]
    const [query, key, value] = unstackFirst(byPart) as [Tensor, Tensor, Tensor];
    const rows = queries === seq ? query : firstRows(query, [batch, heads, queries, headDim]);
    const scores = batchMatMul(rows, key, true); // [batch, heads, queries, seq]
    const masked =
      additiveMask === undefined
        ? scores
        : executeOne('AddV2', [typeOfInput(scores)], [scores, cast(additiveMask, type)]);
    const context = batchMatMul(softmax(masked), value, false); // [batch, heads, queries, headDim]
    return reshapeTo(transposeBy(context, [0, 2, 1, 3]), [batch * queries, heads * headDim]);
  };
}

/** The first rows of each head. */
function firstRows(x: Tensor, shape: readonly number[]): Tensor {
  return executeOne(
    'Slice',
    [typeOfInput(x), typeAttribute('Index', TF.int32)],
    [
      x,
      tensor1d(
        shape.map(() => 0),
        'int32',
      ),
      tensor1d([...shape], 'int32'),
    ],
  );
}

const KERNELS: Record<ModelDtype, Kernels> = {
  float32: {
    dtype: 'float32',
    linear: FLOAT32_LINEAR,
    layerNorm,
    attention: attentionIn(TF.float32),
  },
  bfloat16: {
    dtype: 'bfloat16',
    linear: BFLOAT16_LINEAR,
    layerNorm,
    attention: attentionIn(TF.bfloat16),
    toFloat32: (x) => cast(x, TF.float32),
  },
  int8: {
    dtype: 'int8',
    linear: INT8_LINEAR,
    layerNorm,
    attention: attentionIn(TF.bfloat16),
    toFloat32: (x) => cast(x, TF.float32),
  },
};

/** A fused kernel, and whether the binding and the processor that run have it. */
export interface NativeKernelProbe {
  readonly name: string;
  readonly works: boolean;
  /** Why it does not. */
  readonly reason?: string;
}

/** Runs every kernel once on small numbers whose results are known. */
export function probeNativeKernels(): readonly NativeKernelProbe[] {
  const linear = (kernel: LinearKernel) => (): void => {
    const x = tensor2d([1, 2, 3, 4], [2, 2]);
    const [weight, bias] = [tensor2d([0.5, 0, 0, 2], [2, 2]), tensor1d([1, -1])];
    assertClose(kernel.forward(x, kernel.prepare(weight, bias)), [1.5, 3, 2.5, 7], 0.1);
    assertClose(kernel.forward(neg(x), kernel.prepare(weight, bias), 'gelu'), [0.3457, 0, -0.1543, 0], 0.1);
  };
  const probes: Record<string, () => void> = {
    'float32 linear': linear(FLOAT32_LINEAR),
    'bfloat16 linear': linear(BFLOAT16_LINEAR),
    'int8 linear': linear(INT8_LINEAR),
    LayerNorm: () => {
      assertClose(
        layerNorm(tensor2d([1, 3], [1, 2]), tensor1d([1, 2]), tensor1d([0, 1]), 1e-5),
        [-1, 3],
        1e-3,
      );
    },
    softmax: () => assertClose(softmax(tensor2d([0, 0], [1, 2])), [0.5, 0.5], 1e-6),
    'batched product': () => {
      const x = reshapeTo<Tensor>(tensor1d([1, 2, 3, 4]), [1, 2, 2]);
      assertClose(batchMatMul(x, x, true), [5, 11, 11, 25], 1e-6);
    },
  };
  return Object.entries(probes).map(([name, probe]) => {
    try {
      tidy(probe);
      return { name, works: true };
    } catch (error) {
      return { name, works: false, reason: (error as Error).message.split('\n').slice(0, 2).join(' ') };
    }
  });
}

function assertClose(actual: Tensor, expected: readonly number[], tolerance: number): void {
  const values = Array.from(cast(actual, TF.float32).dataSync());
  if (!values.every((value, i) => Math.abs(value - (expected[i] as number)) <= tolerance)) {
    throw new Error(`it gives ${values.join(', ')} instead of ${expected.join(', ')}`);
  }
}

let probed: readonly NativeKernelProbe[] | undefined;

/**
 * The kernels for a dtype on the native backend: oneDNN's, where the binding and the device have them.
 *
 * @throws BackendUnavailableError when the dtype needs kernels that are not there; float32 never does.
 */
export function createNativeKernels(dtype: ModelDtype): Kernels {
  probed ??= probeNativeKernels();
  const missing = probed.filter(
    ({ name, works }) => !works && (name === `${dtype} linear` || !name.endsWith(' linear')),
  );
  if (missing.length === 0) {
    return KERNELS[dtype];
  }
  if (dtype === 'float32') {
    return PLAIN_KERNELS;
  }
  throw new BackendUnavailableError(
    `dtype ${dtype} needs kernels that this native backend does not have: ` +
      `${missing.map(({ name, reason }) => `${name} (${reason})`).join('; ')}. ` +
      'Run `tfjs-reranker setup-native`, or use float32.',
  );
}
