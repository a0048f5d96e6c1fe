/** Most bytes that free buffers may hold. It is a bound on growth, and was not tuned on a GPU. */
const MAX_FREE_BYTES = 512 * 1024 * 1024;

/**
 * The buffers of a WebGPU device, kept for the next tensor of the same size and use.
 *
 * It replaces the pool of TensorFlow.js's backend, which never returns a buffer to the device: batches have hundreds
 * of shapes, each with its own sizes, and GPU memory grew with every new one. Here, when the free buffers hold too
 * much, the sizes that were unused for longest are destroyed.
 */
export class WebGpuBufferPool {
  /** Free buffers by size and use, in the order of their last release. */
  private readonly free = new Map<string, GPUBuffer[]>();
  private numBytesFree = 0;
  /** Bytes of the buffers in use; the backend's `memory()` reports it. */
  numBytesUsed = 0;

  /** @param maxFreeBytes most bytes that free buffers may hold. */
  constructor(
    private readonly device: GPUDevice,
    private readonly maxFreeBytes = MAX_FREE_BYTES,
  ) {}

  /** Bytes of all existing buffers; the backend's `memory()` reports it. */
  get numBytesAllocated(): number {
    return this.numBytesUsed + this.numBytesFree;
  }

  /** @param reuse whether a buffer that was used before may be returned. */
  acquireBuffer(size: number, usage: GPUBufferUsageFlags, mappedAtCreation = false, reuse = true): GPUBuffer {
    const waiting = reuse ? this.free.get(keyOf(size, usage))?.pop() : undefined;
    this.numBytesFree -= waiting?.size ?? 0;
    this.numBytesUsed += size;
    return waiting ?? this.device.createBuffer({ size, usage, mappedAtCreation });
  }

  /** @param reuse whether the buffer may be kept for another tensor; otherwise it is destroyed. */
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

  /** Destroys all free buffers. Those in use end with the device. */
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
