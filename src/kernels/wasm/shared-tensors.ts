import { engine, KernelBackend, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import type { SharedHeap } from './shared-heap.js';

/** Bytes of a float32 number. */
const SIZE = 4;

interface Data {
  readonly address: number;
  readonly count: number;
  references: number;
}

/**
 * Where tensors are whose numbers all threads see. To TensorFlow.js it is a second backend: when an operation of the
 * backend wasm gets one of these tensors, TensorFlow.js moves its numbers to the heap of that backend, and `addressOf`
 * moves them back. So kernels of ours follow each other without a copy, and every operation of TensorFlow.js works.
 */
export class SharedTensors extends KernelBackend {
  private readonly data = new Map<object, Data>();

  constructor(private readonly heap: SharedHeap) {
    super();
  }

  /** A new float32 tensor whose memory is not initialized. */
  empty<T extends Tensor>(shape: readonly number[]): T {
    const dataId = {};
    const count = shape.reduce((product, size) => product * size, 1);
    this.data.set(dataId, { address: this.heap.allocate(SIZE * count), count, references: 1 });
    return engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype: 'float32' }, this) as T;
  }

  /** Where the numbers of a float32 tensor begin, in bytes; they are moved here first if they are elsewhere. */
  addressOf({ dataId }: TensorInfo): number {
    if (!this.data.has(dataId)) {
      engine().moveData(this, dataId);
    }
    return this.get(dataId).address;
  }

  override move(
    dataId: object,
    values: Float32Array,
    _shape: number[],
    _dtype: string,
    references: number,
  ): void {
    const address = this.heap.allocate(SIZE * values.length);
    this.heap.floats(address, values.length).set(values);
    this.data.set(dataId, { address, count: values.length, references });
  }

  override readSync(dataId: object): Float32Array {
    const { address, count } = this.get(dataId);
    return new Float32Array(this.heap.floats(address, count)); // a copy, in memory of its own
  }

  override async read(dataId: object): Promise<Float32Array> {
    return this.readSync(dataId);
  }

  override incRef(dataId: object): void {
    this.get(dataId).references += 1;
  }

  override refCount(dataId: object): number {
    return this.data.get(dataId)?.references ?? 0;
  }

  override disposeData(dataId: object, force = false): boolean {
    const data = this.get(dataId);
    data.references -= 1;
    if (data.references > 0 && !force) {
      return false;
    }
    this.heap.release(data.address);
    return this.data.delete(dataId);
  }

  override numDataIds(): number {
    return this.data.size;
  }

  private get(dataId: object): Data {
    return this.data.get(dataId) as Data;
  }
}
