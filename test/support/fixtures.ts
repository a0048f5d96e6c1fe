import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSafetensorsHeader, safetensorsHeaderLength } from '../../dist/weights/format/safetensors.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const TINY = path.join(ROOT, 'test/fixtures/tiny');
export const TINY_5_LABELS = path.join(ROOT, 'test/fixtures/tiny-5-labels');
export const MINI = path.join(ROOT, 'weights/mini-en-zh');

/** A tensor on the host. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** One batch of a tiny model's golden, with what PyTorch made of it in float32 and float64. */
export interface TinyBatch {
  readonly name: string;
  readonly input_ids: number[][];
  readonly lengths: number[];
  readonly logits: number[][];
  readonly logits_float64: number[][];
  readonly alone: { readonly logits: number[][]; readonly logits_float64: number[][] };
}

/** The golden of a tiny model: made by scripts/reference/make_tiny.py. */
export interface TinyGolden {
  readonly tolerance: { readonly activations: number; readonly logits: number };
  readonly float32_noise: Record<string, number>;
  readonly batches: readonly TinyBatch[];
}

export async function readTinyGolden(folder: string): Promise<TinyGolden> {
  return JSON.parse(await readFile(path.join(folder, 'golden.json'), 'utf8')) as TinyGolden;
}

/** All tensors of a small safetensors file of float32 or float64. */
export async function readTensors(file: string): Promise<Map<string, HostTensor>> {
  const bytes = new Uint8Array(await readFile(file));
  const headerBytes = safetensorsHeaderLength(bytes.subarray(0, 8), bytes.length, file);
  const entries = parseSafetensorsHeader(bytes.slice(0, 8 + headerBytes), bytes.length, file);
  return new Map(
    entries.map(({ name, dtype, shape, byteOffset, byteLength }) => {
      const { buffer } = bytes.slice(byteOffset, byteOffset + byteLength);
      return [name, { shape, values: dtype === 'F64' ? new Float64Array(buffer) : new Float32Array(buffer) }];
    }),
  );
}
