const CHUNK = 2 ** 18;

/** A list of whole numbers from 0 to 2^32 - 1 that grows: in chunks, because moving them would take the memory twice. */
export class GrowingArray {
  private readonly chunks: Uint32Array[] = [];
  /** How many numbers there are. */
  length = 0;

  push(value: number): void {
    const at = this.length % CHUNK;
    if (at === 0) this.chunks.push(new Uint32Array(CHUNK));
    (this.chunks.at(-1) as Uint32Array)[at] = value;
    this.length += 1;
  }

  /** The number at a place below {@link length}. */
  at(index: number): number {
    return (this.chunks[Math.floor(index / CHUNK)] as Uint32Array)[index % CHUNK] as number;
  }
}
