/** The functions of assembly/. Pointers are bytes in the memory of a {@link SharedHeap}. */
export interface Assembly {
  /** Bytes of a weight in panels. */
  readonly panelsBytes: (inner: number, columns: number) => number;
  readonly pack: (
    source: number,
    rowStride: number,
    columnStride: number,
    bias: number,
    inner: number,
    columns: number,
    panels: number,
  ) => void;
  readonly productSpace: (rows: number, inner: number, threads: number) => number;
  /** Each plan returns the number of units, for `share`. */
  readonly planProduct: (
    x: number,
    xStride: number,
    rows: number,
    inner: number,
    panels: number,
    columns: number,
    y: number,
    yStride: number,
    activate: number,
    scratch: number,
    threads: number,
  ) => number;
  readonly attentionSpace: (rowsAtOnce: number, seq: number, headDim: number, threads: number) => number;
  readonly planAttention: (
    projected: number,
    lengths: number,
    batch: number,
    seq: number,
    queries: number,
    heads: number,
    headDim: number,
    rowsAtOnce: number,
    output: number,
    scratch: number,
  ) => number;
  readonly planAdd: (a: number, b: number, count: number, output: number) => number;
  readonly planLayerNorm: (
    x: number,
    weight: number,
    bias: number,
    rows: number,
    hidden: number,
    eps: number,
    output: number,
  ) => number;
  /** Computes what was planned, with all threads. @returns 0, or what went wrong (assembly/team.ts). */
  readonly share: (units: number, stallNs: bigint) => number;
  /** What another thread runs; it does not return. */
  readonly work: (thread: number) => void;
  readonly abandon: () => void;
  readonly reset: () => void;
}

/** How a module multiplies and adds: with one rounding, which needs relaxed SIMD, or with two. */
export type AssemblyForm = 'fused' | 'separate';

const FORMS: readonly AssemblyForm[] = ['fused', 'separate'];

/** V8's switch for relaxed SIMD up to Node 20; later versions have it on, and no switch. */
const RELAXED_SIMD = '--experimental-wasm-relaxed-simd';

/** A form that this JavaScript engine can run. */
export interface CompiledAssembly {
  readonly form: AssemblyForm;
  readonly module: WebAssembly.Module;
}

let compiled: Promise<CompiledAssembly | undefined> | undefined;

/** The best form that this JavaScript engine can run; undefined where it has no SIMD. */
export function bestAssembly(): Promise<CompiledAssembly | undefined> {
  compiled ??= compileBest();
  return compiled;
}

/** One form, for tests. */
export async function compileForm(form: AssemblyForm): Promise<WebAssembly.Module> {
  await allowRelaxedSimd();
  return WebAssembly.compile(await readModule(form));
}

/** The functions of a module over a memory. */
export async function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Assembly> {
  return (await WebAssembly.instantiate(module, { env: { memory } })).exports as Assembly;
}

async function compileBest(): Promise<CompiledAssembly | undefined> {
  await allowRelaxedSimd();
  for (const form of FORMS) {
    const bytes = await readModule(form);
    if (WebAssembly.validate(bytes)) {
      return { form, module: await WebAssembly.compile(bytes) };
    }
  }
  return undefined;
}

async function allowRelaxedSimd(): Promise<void> {
  if (Number(process.versions.v8.split('.')[0]) < 12) {
    (await import('node:v8')).setFlagsFromString(RELAXED_SIMD);
  }
}

async function readModule(form: AssemblyForm): Promise<Uint8Array> {
  const { readFile } = await import('node:fs/promises');
  return readFile(new URL(`./${form}.wasm`, import.meta.url));
}
