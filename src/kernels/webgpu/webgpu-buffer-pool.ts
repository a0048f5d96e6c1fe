/** What may wait to be used again, in bytes: a bound on what grows, not tuned on a GPU. */
const MAX_FREE_BYTES = 512 * 1024 * 1024;

/**
 * The buffers of a WebGPU device, kept for the next tensor of the same size and use.
 *
 * It stands in for the pool of TensorFlow.js's backend, which gives no buffer back to the device: batches have
 * hundreds of shapes, each with sizes of its own, and GPU memory grew with every new one. Here the sizes that were
 * not needed for longest go when too much waits.
 */
export class WebGpuBufferPool {
  /** By size and use, in the order of their last release. */
  private readonly free = new Map<string, GPUBuffer[]>();
  private numBytesFree = 0;
  /** Bytes of the buffers in use; the backend's `memory()` tells it. */
  numBytesUsed = 0;

  /** @param maxFreeBytes what may wait. */
  constructor(
    private readonly device: GPUDevice,
    private readonly maxFreeBytes = MAX_FREE_BYTES,
  ) {}

  /** Bytes of all buffers that exist; the backend's `memory()` tells it. */
  get numBytesAllocated(): number {
    return this.numBytesUsed + this.numBytesFree;
  }

  /** @param reuse whether one that was used before will do. */
  acquireBuffer(size: number, usage: GPUBufferUsageFlags, mappedAtCreation = false, reuse = true): GPUBuffer {
    const waiting = reuse ? this.free.get(keyOf(size, usage))?.pop() : undefined;
    this.numBytesFree -= waiting?.size ?? 0;
    this.numBytesUsed += size;
    return waiting ?? this.device.createBuffer({ size, usage, mappedAtCreation });
  }

  /** @param reuse whether it may wait for the next; else it is destroyed. */
  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    this.numBytesUsed -= buffer.size;
    if (!reuse) {
      buffer.destroy();
      return;
    }
    const key = keyOf(buffer.size, buffer.usage);
    const waiting = this.free.get(key) ?? [];
    this.free.delete(key);
    this.free.set(key, waiting); // now the last
    waiting.push(buffer);
    this.numBytesFree += buffer.size;
    this.destroyOldest();
  }

  /** Destroys all that wait; those in use go with the device. */
  dispose(): void {
    this.destroyOldest(0);
  }

  private destroyOldest(maxFreeBytes = this.maxFreeBytes): void {
    for (const [key, waiting] of this.free) {
      while (this.numBytesFree > maxFreeBytes) {
        const buffer = waiting.pop();
        if (buffer === undefined) {
          this.free.delete(key);
          break;
        }
        this.numBytesFree -= buffer.size;
        buffer.destroy();
      }
    }
  }
}

function keyOf(size: number, usage: GPUBufferUsageFlags): string {
  return `${size} ${usage}`;
}
