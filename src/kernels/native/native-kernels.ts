import {
  scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { AttentionKernel, FusedActivation, Kernels, LinearKernel } from '../kernels.js';
import { PLAIN_KERNELS } from '../plain.js';
import { MAX_SCORES, planQueryBlocks, type QueryBlock } from '../query-blocks.js';
import {
  boolAttribute,
  cast,
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
 * oneDNN's kernels in TensorFlow, by the names that TensorFlow's graph rewriter gives them. They are ordinary eager
 * operations, and one of them replaces three to eight of TensorFlow.js's.
 */

/** The operations that a fused product appends, by oneDNN's names. */
const EPILOGUE = { none: ['BiasAdd'], gelu: ['BiasAdd', 'GeluExact'] } as const;

/** x W + b and the activation; x and W have the same type; GELU by erf. */
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
  prepare: (weight, bias) => [transpose(weight), bias],
  forward: (x, prepared, activation) => {
    const [weight, bias] = prepared as readonly [Tensor, Tensor];
    return fusedMatMul(x, weight, bias, activation);
  },
};

/** Weights, inputs and outputs in bfloat16, sums in float32. The output stays bfloat16. */
const BFLOAT16_LINEAR: LinearKernel = {
  prepare: (weight, bias) => [cast(transpose(weight), TF.bfloat16), cast(bias, TF.bfloat16)],
  forward: (x, prepared, activation) => {
    const [weight, bias] = prepared as readonly [Tensor, Tensor];
    return fusedMatMul(cast(x, TF.bfloat16), weight, bias, activation);
  },
};

function layerNorm(x: Tensor2D, weight: Tensor1D, bias: Tensor1D, eps: number): Tensor2D {
  return executeOne<Tensor2D>(
    '_MklLayerNorm',
    [typeOfInput(x), floatAttribute('epsilon', eps), stringAttribute('_kernel', '')],
    [x, weight, bias],
  );
}

/** Softmax over the last dimension. Sums are float32 for either type. */
function softmax(x: Tensor): Tensor {
  return executeOne('_MklSoftmax', [typeOfInput(x), stringAttribute('_kernel', 'MklNameChangeOp')], [x]);
}

/** x y, or x y^T, over the last two dimensions. */
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

/** Attention with both products in the given type. The sums of the softmax are float32. */
function attentionIn(type: typeof TF.float32 | typeof TF.bfloat16): AttentionKernel {
  return (projected, { batch, seq, queries, heads, headDim, additiveMask }, maxScores = MAX_SCORES) => {
    const byToken = reshapeTo(cast(projected, type), [batch, seq, 3, heads, headDim]);
    const byPart = transposeBy(byToken, [2, 0, 3, 1, 4]); // [3, batch, heads, seq, headDim]
    const [query, key, value] = unstackFirst(byPart) as [Tensor, Tensor, Tensor];
    const mask = additiveMask && cast(additiveMask, type);
    const attend = (block: QueryBlock): Tensor => {
      const rows = block.rows === seq ? query : takeRows(query, block);
      const scores = batchMatMul(rows, key, true); // [batch, heads, rows, seq]
      const masked = mask === undefined ? scores : executeOne('AddV2', [typeOfInput(scores)], [scores, mask]);
      return batchMatMul(softmax(masked), value, false); // [batch, heads, rows, headDim]
    };
    const blocks = planQueryBlocks(queries, batch * heads * seq, maxScores);
    const context = joinRows(blocks.map((block) => tidy(() => attend(block)))); // [batch, heads, queries, headDim]
    return reshapeTo(transposeBy(context, [0, 2, 1, 3]), [batch * queries, heads * headDim]);
  };
}

/** Rows of each head of x, [batch, heads, seq, headDim]. */
function takeRows(x: Tensor, { start, rows }: QueryBlock): Tensor {
  const [batch, heads, , headDim] = x.shape as [number, number, number, number];
  return executeOne(
    'Slice',
    [typeOfInput(x), typeAttribute('Index', TF.int32)],
    [x, tensor1d([0, 0, start, 0], 'int32'), tensor1d([batch, heads, rows, headDim], 'int32')],
  );
}

/** Blocks of rows of each head, one after the other. */
function joinRows(blocks: readonly Tensor[]): Tensor {
  const [first] = blocks as readonly [Tensor];
  if (blocks.length === 1) {
    return first;
  }
  const attributes = [intAttribute('N', blocks.length), typeOfInput(first), typeAttribute('Tidx', TF.int32)];
  return executeOne('ConcatV2', attributes, [...blocks, scalar(2, 'int32')]);
}

/** Kernels of the floating-point types; int8 builds on them. `probeNativeKernels` says whether they work here. */
export const NATIVE_KERNELS: Readonly<Record<'float32' | 'bfloat16', Kernels>> = {
  float32: {
    ...PLAIN_KERNELS,
    linear: FLOAT32_LINEAR,
    layerNorm,
    attention: attentionIn(TF.float32),
  },
  bfloat16: {
    ...PLAIN_KERNELS,
    dtype: 'bfloat16',
    linear: BFLOAT16_LINEAR,
    layerNorm,
    attention: attentionIn(TF.bfloat16),
    toFloat32: (x) => cast(x, TF.float32),
  },
};
