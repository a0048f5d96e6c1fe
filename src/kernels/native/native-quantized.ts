import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { FusedActivation } from '../kernels.js';
import {
  boolAttribute,
  execute,
  executeOne,
  floatAttribute,
  stringAttribute,
  TF,
  typeAttribute,
} from './native-ops.js';

/** Numbers in 8 bits, and their range: a scalar for each end, or one for each column. */
export interface Int8Matrix {
  readonly values: Tensor;
  readonly min: Tensor;
  readonly max: Tensor;
}

/** Quantizes to 255 equal steps between two scalars; values beyond them are clipped. */
export function toInt8(x: Tensor, min: Tensor, max: Tensor): Tensor {
  const [values, ...ranges] = execute('QuantizeV2', QUANTIZE, [x, min, max], 3) as [Tensor, ...Tensor[]];
  for (const range of ranges) {
    range.dispose();
  }
  return values;
}

/**
 * x W + b and the activation, by oneDNN: sums in 32 bits, output in float32.
 *
 * @param x [tokens, inFeatures] @param weight [inFeatures, outFeatures] @param bias [outFeatures], float32
 */
export function multiplyInt8(
  x: Int8Matrix,
  weight: Int8Matrix,
  bias: Tensor,
  activation: FusedActivation | undefined,
): Tensor2D {
  return executeOne('_QuantizedMatMul', ATTRIBUTES[activation ?? 'none'], [
    x.values,
    weight.values,
    bias,
    x.min,
    x.max,
    weight.min,
    weight.max,
  ]);
}

const QUANTIZE = [
  typeAttribute('T', TF.qint8),
  stringAttribute('mode', 'SCALED'),
  stringAttribute('round_mode', 'HALF_TO_EVEN'),
  boolAttribute('narrow_range', true),
  floatAttribute('ensure_minimum_range', 0),
];

const ATTRIBUTES = {
  none: attributes(['BiasAdd', 'Dequantize']),
  gelu: attributes(['BiasAdd', 'GeluExact', 'Dequantize']),
};

function attributes(fusedOps: readonly string[]) {
  const { qint8, float32 } = TF;
  return [
    typeAttribute('Tdevice_inputs', [qint8, qint8, float32]),
    typeAttribute('Thost_inputs', [float32, float32, float32, float32]),
    typeAttribute('Tdevice_outputs', [float32]),
    typeAttribute('Thost_outputs', []),
    typeAttribute('T1', qint8),
    typeAttribute('T2', qint8),
    typeAttribute('Tbias', float32),
    typeAttribute('Tout', float32),
    typeAttribute('U', float32),
    stringAttribute('fused_ops', fusedOps),
    boolAttribute('transpose_a', false),
    boolAttribute('transpose_b', false),
    boolAttribute('is_weight_const', false), // else all later layers would use the first layer's weights
    boolAttribute('is_bias_const', false),
    stringAttribute('input_quant_mode', 'SCALED'),
    stringAttribute('output_quant_mode', 'SCALED'),
    floatAttribute('leakyrelu_alpha', 0),
  ];
}
