import {
  abs,
  clipByValue,
  div,
  gather,
  keep,
  max,
  maximum,
  mul,
  neg,
  pow,
  reciprocal,
  reshape,
  scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Batch } from '../../batching/batch.js';
import type { FusedActivation, Kernels, LinearKernel } from '../kernels.js';
import { NATIVE_KERNELS } from './native-kernels.js';
import { cast, executeOne, TF, typeAttribute } from './native-ops.js';
import { multiplyInt8, toInt8 } from './native-quantized.js';

/**
 * int8 on the native backend: inputs and weights of a product in 8 bits, its sums in 32, its output in float32.
 *
 * What keeps the ranking (scripts/bench/int8.md has the measurements, and what failed):
 * - The tokens that open and close a sequence have single values 10 to 60 times larger than those of all others. With
 *   them, only two or three of the 255 steps would be left for the others. Their rows, four in a pair, are computed in
 *   bfloat16.
 * - Each input channel is divided by a factor by which its weights are multiplied, so that large channels do not
 *   determine the step of small ones: SmoothQuant, Xiao et al. 2022, equation 4.
 * - All inputs of a layer have one range, measured once on texts of our own. So neither a pair's neighbours in the batch
 *   nor the order of calls change a score.
 * - The down projection of the feed-forward stays bfloat16, because its inputs, after GELU, lose most.
 */

/** How much of the difference between channels is moved to the weights: alpha in the paper. */
const SMOOTHING = 0.65;

/** Margin above the largest value that was measured; larger values are clipped. */
const MARGIN = 1.1;

/** Keeps factors finite where a whole channel is zero. */
const SMALLEST = 1e-5;

/** A linear layer in 8 bits. */
interface Quantized {
  /** W times the smoothing, qint8: [inFeatures, outFeatures]. */
  readonly weight: Tensor;
  /** The range of each of its columns: [outFeatures]. */
  readonly weightMin: Tensor;
  readonly weightMax: Tensor;
  /** The reciprocal of the smoothing: [inFeatures]. */
  readonly inverseSmoothing: Tensor;
  /** The range of the smoothed inputs: scalars. */
  readonly inputMin: Tensor;
  readonly inputMax: Tensor;
}

/** What the measurement of ranges collected for a layer: its weights from `prepare`, and the largest input of each channel. */
interface Recorded {
  readonly prepared: readonly Tensor[];
  readonly largest: Tensor1D;
}

const { bfloat16: BFLOAT16 } = NATIVE_KERNELS;

/** The kernels of one model. They compute in bfloat16 until `measureRanges` has run. */
export function createInt8Kernels(): Kernels {
  /** By the layer's weight in bfloat16. */
  const quantized = new Map<Tensor, Quantized>();
  let recorded: Map<Tensor, Recorded> | undefined;

  /** The rows of the batch that is being computed. */
  let rows: Rows = { all: 0, boundaries: [], others: [] };

  const prepare: LinearKernel['prepare'] = (weight, bias) => [...BFLOAT16.linear.prepare(weight, bias), bias];
  const forward: LinearKernel['forward'] = (x, prepared, activation) => {
    const [key] = prepared as readonly [Tensor];
    const layer = quantized.get(key);
    if (x.shape[0] === rows.all) {
      if (recorded !== undefined && isQuantizable(key)) {
        const seen = recorded.get(key)?.largest;
        const largest = largestOfChannels(
          gather(cast(x, TF.float32), tensor1d([...rows.others], 'int32')),
          seen,
        );
        recorded.set(key, { prepared, largest });
      } else if (layer !== undefined) {
        return multiply(x, layer, prepared, tensor1d([...rows.boundaries], 'int32'), activation);
      }
    }
    return BFLOAT16.linear.forward(x, prepared, activation); // also for the first tokens alone, in the last layer
  };

  const disposeAll = (): void => {
    for (const layer of quantized.values()) {
      for (const tensor of Object.values<Tensor>({ ...layer })) {
        tensor.dispose();
      }
    }
    quantized.clear();
  };

  return {
    ...BFLOAT16,
    dtype: 'int8',
    linear: { prepare, forward },
    startBatch: (batch) => {
      rows = partition(batch);
    },
    measureRanges: (forward) => {
      disposeAll();
      recorded = new Map();
      try {
        forward();
        for (const [key, layer] of recorded) {
          quantized.set(key, quantize(layer));
          layer.largest.dispose();
        }
      } finally {
        recorded = undefined;
      }
    },
    dispose: disposeAll,
  };
}

/** Layers whose output is not narrower than their input. The down projection of the feed-forward is not one of them. */
function isQuantizable({ shape: [inFeatures = 0, outFeatures = 0] }: Tensor): boolean {
  return inFeatures <= outFeatures;
}

/** The rows [batch x seq] of a batch: tokens that open or close a sequence, and the other tokens. Padding is in neither. */
interface Rows {
  /** Number of rows, padding included. */
  readonly all: number;
  readonly boundaries: readonly number[];
  readonly others: readonly number[];
}

function partition({ inputIds, lengths, seq }: Batch): Rows {
  const boundaries: number[] = [];
  const others: number[] = [];
  for (const [sequence, length] of lengths.entries()) {
    const start = sequence * seq;
    const closing = inputIds[start + length - 1];
    for (let row = start; row < start + length; row++) {
      (row === start || inputIds[row] === closing ? boundaries : others).push(row);
    }
  }
  return { all: inputIds.length, boundaries, others };
}

/** The largest absolute value of each column of x and of what was seen before, [columns]. Frees the latter, keeps the result. */
function largestOfChannels(x: Tensor2D, seen: Tensor1D | undefined): Tensor1D {
  const largest = keep(
    tidy(() => {
      const now = max(abs(x), 0) as Tensor1D;
      return seen === undefined ? now : (maximum(now, seen) as Tensor1D);
    }),
  );
  seen?.dispose();
  return largest;
}

function quantize({ prepared, largest }: Recorded): Quantized {
  const layer = tidy(() => {
    const weight = cast(prepared[0] as Tensor2D, TF.float32);
    const largestWeight = atLeast(max(abs(weight), 1)); // [inFeatures]
    const largestInput = atLeast(largest);
    const smoothing = atLeast(div(pow(largestInput, SMOOTHING), pow(largestWeight, 1 - SMOOTHING)));
    const smoothed = mul(weight, reshape(smoothing, [-1, 1]));
    const weightMax = atLeast(max(abs(smoothed), 0)); // [outFeatures]
    const inputMax = mul(max(div(largestInput, smoothing)), MARGIN);
    return {
      weight: toInt8(div(smoothed, weightMax), scalar(-1), scalar(1)),
      weightMin: neg(weightMax),
      weightMax,
      inverseSmoothing: reciprocal(smoothing),
      inputMin: neg(inputMax),
      inputMax,
    };
  });
  for (const tensor of Object.values(layer)) {
    keep(tensor);
  }
  return layer;
}

/** x W + b and the activation: 8 bits for most rows, bfloat16 for the rows of `boundaries`. */
function multiply(
  x: Tensor2D,
  layer: Quantized,
  prepared: readonly Tensor[],
  boundaries: Tensor1D,
  activation: FusedActivation | undefined,
): Tensor2D {
  const input = cast(x, TF.float32);
  const { weight, weightMin, weightMax, inputMin, inputMax } = layer;
  const inputs = toInt8(mul(input, layer.inverseSmoothing), inputMin, inputMax);
  const product = multiplyInt8(
    { values: inputs, min: inputMin, max: inputMax },
    { values: weight, min: weightMin, max: weightMax },
    prepared[2] as Tensor,
    activation,
  );
  const exact = BFLOAT16.linear.forward(gather(input, boundaries), prepared, activation);
  // Written into the product itself, which is not used elsewhere yet.
  return executeOne<Tensor2D>(
    'InplaceUpdate',
    [typeAttribute('T', TF.float32)],
    [product, boundaries, cast(exact, TF.float32)],
  );
}

function atLeast<T extends Tensor>(x: T): T {
  return clipByValue(x, SMALLEST, Number.MAX_VALUE) as T;
}
