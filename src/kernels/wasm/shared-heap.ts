import { BackendUnavailableError } from '../../errors/errors.js';

const PAGE = 2 ** 16;
/** 4 GiB, the most that WebAssembly can address. */
const MAX_PAGES = 2 ** 16;
/** Before it are the words by which the threads agree (assembly/team.ts, assembly/units.ts). */
const START = 512;
/** A line of the processor's cache; no two threads write to the same one by accident. */
const ALIGNMENT = 64;
/** The least by which the memory grows. */
const GROWTH = 2 ** 20;

interface Hole {
  readonly start: number;
  readonly end: number;
}

/** WebAssembly memory that several threads see, and what of it is in use. Only one thread allocates. */
export class SharedHeap {
  readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  /** What is free, by address; no two touch. */
  private holes: Hole[] = [{ start: START, end: PAGE }];
  private readonly used = new Map<number, number>();

  /** @returns the address of memory that is not initialized. @throws BackendUnavailableError if it is full. */
  allocate(bytes: number): number {
    const size = Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
    let at = this.holes.findIndex(({ start, end }) => end - start >= size);
    if (at < 0) {
      this.grow(size);
      at = this.holes.length - 1;
    }
    const { start, end } = this.holes[at] as Hole;
    this.holes.splice(at, 1, ...(end - start > size ? [{ start: start + size, end }] : []));
    this.used.set(start, start + size);
    return start;
  }

  /** Frees what {@link allocate} gave. */
  release(start: number): void {
    const end = this.used.get(start) as number;
    this.used.delete(start);
    const found = this.holes.findIndex((hole) => hole.start > start);
    const at = found < 0 ? this.holes.length : found;
    const [before, after] = [this.holes[at - 1], this.holes[at]];
    const joinsBefore = before?.end === start;
    const joinsAfter = after?.start === end;
    const hole = {
      start: joinsBefore ? (before as Hole).start : start,
      end: joinsAfter ? (after as Hole).end : end,
    };
    this.holes.splice(joinsBefore ? at - 1 : at, Number(joinsBefore) + Number(joinsAfter), hole);
  }

  /** The numbers at an address, in place. */
  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  private grow(size: number): void {
    const end = this.memory.buffer.byteLength;
    const last = this.holes.at(-1);
    const free = last?.end === end ? end - last.start : 0;
    const pages = Math.ceil(Math.max(size - free, GROWTH) / PAGE);
    try {
      this.memory.grow(pages);
    } catch (cause) {
      throw new BackendUnavailableError(
        `WebAssembly has no room for ${size} bytes beside the ${end} that it holds; it can have 4 GiB, if the machine ` +
          'has them. Lower maxBatchTokens and maxLength, or take a smaller model or the backend "node".',
        { cause },
      );
    }
    this.used.set(end, end + pages * PAGE);
    this.release(end);
  }
}
