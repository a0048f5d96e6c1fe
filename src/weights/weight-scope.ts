import { type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { auditTensors } from './audit.js';
import type { Checkpoint, LoadProgress } from './checkpoint.js';
import { decodeFloat32 } from './dtype.js';

interface Request {
  readonly shape: readonly number[];
  readonly prepare: ((tensor: Tensor) => Tensor) | undefined;
  readonly resolve: (tensor: Tensor) => void;
}

/** A place in the checkpoint's tree of names: `scope.in('encoder.layer.3').tensor('output.dense.weight', ...)`. */
export class WeightScope {
  constructor(
    private readonly requests: Map<string, Request>,
    private readonly path = '',
  ) {}

  /** The scope below this one, as `cd`. */
  in(name: string): WeightScope {
    return new WeightScope(this.requests, `${this.path}${name}.`);
  }

  /**
   * Asks for one tensor of exactly this shape, float32. It must be asked for before the first `await` of the loading
   * code: the checkpoint is read in its own order once everything is asked for.
   *
   * @param prepare turns it into the form that the layer computes with; what it makes is what the layer gets.
   * @returns a tensor that the layer disposes.
   */
  tensor<T extends Tensor>(
    name: string,
    shape: readonly number[],
    prepare?: (tensor: T) => Tensor,
  ): Promise<T> {
    let resolve: (tensor: Tensor) => void = () => {};
    const promise = new Promise<Tensor>((fulfil) => {
      resolve = fulfil;
    });
    const full = `${this.path}${name}`;
    this.requests.set(full, { shape, prepare: prepare as Request['prepare'], resolve });
    return promise as Promise<T>;
  }
}

/**
 * Builds a model from a checkpoint: first every layer asks for its tensors, then what is asked for is audited against
 * what is there, then the file is read once, in its own order, one tensor at a time. Peak memory stays near the
 * weights' own size plus one tensor.
 *
 * @throws WeightNotFoundError, WeightShapeError, WeightFormatError before a byte of data is read; after a failed read
 * no tensor stays behind.
 */
export async function loadWeights<T>(
  checkpoint: Checkpoint,
  build: (root: WeightScope) => Promise<T>,
  onProgress: (progress: LoadProgress) => void = () => {},
): Promise<T> {
  const requests = new Map<string, Request>();
  const built = build(new WeightScope(requests));
  const expected = new Map(Array.from(requests, ([name, { shape }]) => [name, shape]));
  auditTensors(expected, checkpoint.entries, checkpoint.folder);

  const totalBytes = [...checkpoint.entries.values()].reduce(
    (sum, entry) => sum + (requests.has(entry.name) ? entry.byteLength : 0),
    0,
  );
  const made: Tensor[] = [];
  let loadedBytes = 0;
  try {
    for (const [name, entry] of checkpoint.entries) {
      const request = requests.get(name);
      if (request === undefined) {
        continue; // the audit knows it and why it is not needed
      }
      const values = decodeFloat32(await checkpoint.read(name), entry.dtype);
      const weight = tidy(() => {
        const stored = tensor(values, [...request.shape], 'float32');
        return request.prepare === undefined ? stored : request.prepare(stored);
      });
      made.push(weight);
      request.resolve(weight);
      loadedBytes += entry.byteLength;
      onProgress({ loadedBytes, totalBytes });
    }
    return await built;
  } catch (error) {
    for (const weight of made) {
      weight.dispose();
    }
    throw error;
  }
}
