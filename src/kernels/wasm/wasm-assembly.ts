import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { engine } from '@tensorflow/tfjs-core';

/**
 * The functions of assembly/. Pointers are bytes in the heap of TensorFlow.js; the modules have no memory of their own.
 */
export interface Assembly {
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
  readonly productScratch: (rows: number, inner: number) => number;
  readonly product: (
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
  ) => void;
  readonly attendScratch: (rows: number, length: number, headDim: number) => number;
  readonly attend: (
    query: number,
    key: number,
    value: number,
    stride: number,
    queries: number,
    length: number,
    headDim: number,
    rowsAtOnce: number,
    output: number,
    outputStride: number,
    scratch: number,
  ) => void;
  readonly layerNorm: (
    x: number,
    weight: number,
    bias: number,
    rows: number,
    hidden: number,
    eps: number,
    output: number,
  ) => void;
}

/** How a module multiplies and adds: with one rounding, which needs relaxed SIMD, or with two. */
export type AssemblyForm = 'fused' | 'separate';

const FORMS: readonly AssemblyForm[] = ['fused', 'separate'];

/** V8's switch for relaxed SIMD up to Node 20; later versions have it on, and no switch. */
const RELAXED_SIMD = '--experimental-wasm-relaxed-simd';

let compiled: Promise<{ form: AssemblyForm; module: WebAssembly.Module } | undefined> | undefined;

/** The best form that this JavaScript engine can run; undefined where it has no SIMD. */
export async function bestAssemblyForm(): Promise<AssemblyForm | undefined> {
  compiled ??= compileBest();
  return (await compiled)?.form;
}

/** The functions of the best form on the heap of the running wasm backend; undefined where it cannot run. */
export async function loadAssembly(): Promise<Assembly | undefined> {
  compiled ??= compileBest();
  const best = await compiled;
  return best && instantiate(best.module);
}

/** The functions of one form, for tests. */
export async function loadAssemblyForm(form: AssemblyForm): Promise<Assembly | undefined> {
  await allowRelaxedSimd();
  return instantiate(await WebAssembly.compile(await readModule(form)));
}

async function compileBest() {
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

async function instantiate(module: WebAssembly.Module): Promise<Assembly | undefined> {
  // TensorFlow.js does not declare it.
  const { wasm } = engine().backend as BackendWasm & { wasm: { asm?: { memory?: WebAssembly.Memory } } };
  const memory = wasm.asm?.memory;
  if (memory === undefined) {
    return undefined;
  }
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  return instance.exports as Assembly;
}
