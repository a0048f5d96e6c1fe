import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { distance } from '../../src/parity/compare.js';
import { startBackend } from '../../src/tensor/backend.js';
import { decodeBfloat16, decodeFloat16, encodeBfloat16 } from '../../src/weights/half-float.js';
import {
  type HostTensor,
  ROOT,
  readTensors,
  readTinyGolden,
  TINY,
  TINY_5_LABELS,
} from '../support/fixtures.js';
import {
  importModel,
  loadClassifier,
  type ModelModules,
  plainLogits,
  sequencesOf,
} from '../support/tiny-parity.js';
import { entry, fileOf } from '../unit/weights/safetensors-file.js';

/** A tensor as it stands in a file. */
interface Stored {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}
type Tensors = ReadonlyMap<string, Stored>;

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

function asFloat32({ shape, values }: HostTensor): Stored {
  return { dtype: 'F32', shape, bytes: bytesOf(Float32Array.from(values)) };
}

/** The nearest float16 of numbers that are none too large or small for one. */
function encodeFloat16(values: ArrayLike<number>): Uint16Array {
  const all = decodeFloat16(Uint16Array.from({ length: 0x7c00 }, (_, bits) => bits));
  return Uint16Array.from(values, (value) => {
    let [low, high] = [0, 0x7bff];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle] as number) < Math.abs(value)) low = middle + 1;
      else high = middle;
    }
    const below = Math.max(low - 1, 0);
    const isBelowNearer = Math.abs(value) - (all[below] as number) < (all[low] as number) - Math.abs(value);
    return (isBelowNearer ? below : low) | (value < 0 ? 0x8000 : 0);
  });
}

function safetensors(tensors: Tensors): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    header[name] = entry(dtype, shape, end, end + bytes.length);
    end += bytes.length;
  }
  const file = fileOf(header, end);
  file.set(Buffer.concat([...tensors.values()].map(({ bytes }) => bytes)), file.length - end);
  return file;
}

/** The same model in the other forms that checkpoints come in gives the same logits. */
describe.each([
  { name: 'tiny', fixture: TINY },
  { name: 'tiny-5-labels', fixture: TINY_5_LABELS },
])('forms of a checkpoint: $name', ({ fixture }) => {
  let modules: ModelModules;
  let tensors: ReadonlyMap<string, HostTensor>;
  let folder: string;
  beforeAll(async () => {
    await startBackend('cpu');
    modules = await importModel(path.join(ROOT, 'src'));
    tensors = await readTensors(path.join(fixture, 'model.safetensors'));
    folder = await mkdtemp(path.join(tmpdir(), 'checkpoint-forms-'));
    await writeFile(path.join(folder, 'config.json'), await readFile(path.join(fixture, 'config.json')));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const stored = (change: (tensor: HostTensor) => Stored = asFloat32): Map<string, Stored> =>
    new Map(Array.from(tensors, ([name, tensor]) => [name, change(tensor)]));

  async function logitsOf(from: string): Promise<Float32Array> {
    const { batches } = await readTinyGolden(fixture);
    const model = await loadClassifier(modules, from);
    const logits: number[] = [];
    for (const batch of batches) {
      logits.push(...(await plainLogits(modules, model, sequencesOf(batch))));
    }
    model.dispose();
    return Float32Array.from(logits);
  }

  async function logitsOfFile(form: Tensors): Promise<Float32Array> {
    await writeFile(path.join(folder, 'model.safetensors'), safetensors(form));
    return logitsOf(folder);
  }

  test('names without "roberta."', async () => {
    const bare = Array.from(stored(), ([name, tensor]) => [name.replace(/^roberta\./, ''), tensor] as const);
    expect(bare.some(([name]) => name.startsWith('roberta.'))).toBe(false);
    expect(await logitsOfFile(new Map(bare))).toEqual(await logitsOf(fixture));
  });

  test.each(['roberta.', ''])('buffers and a pooler beside the weights, names with "%s"', async (prefix) => {
    const integers: Stored = { dtype: 'I64', shape: [1, 41], bytes: new Uint8Array(8 * 41) };
    const numbers = (...shape: number[]): Stored => ({
      dtype: 'F32',
      shape,
      bytes: bytesOf(new Float32Array(shape.reduce((a, b) => a * b)).fill(7)),
    });
    const form = new Map<string, Stored>([
      [`${prefix}embeddings.position_ids`, integers],
      ...Array.from(stored(), ([name, tensor]) => [name.replace('roberta.', prefix), tensor] as const),
      [`${prefix}embeddings.token_type_ids`, integers],
      [`${prefix}pooler.dense.bias`, numbers(24)],
      [`${prefix}pooler.dense.weight`, numbers(24, 24)],
    ]);
    expect(await logitsOfFile(form)).toEqual(await logitsOf(fixture));
  });

  test.each([
    ['F16', encodeFloat16, decodeFloat16, 1e-3],
    ['BF16', (values: ArrayLike<number>) => encodeBfloat16(Float32Array.from(values)), decodeBfloat16, 1e-2],
  ] as const)('%s is float32 of the same numbers', async (dtype, encode, decode, far) => {
    const narrow = (values: ArrayLike<number>): Uint16Array => encode(values);
    const form = stored(({ shape, values }) => ({ dtype, shape, bytes: bytesOf(narrow(values)) }));
    const widened = stored((tensor) => asFloat32({ ...tensor, values: decode(narrow(tensor.values)) }));
    const logits = await logitsOfFile(form);
    expect(logits).toEqual(await logitsOfFile(widened));
    const { max } = distance(await logitsOf(fixture), logits);
    expect(max).toBeGreaterThan(0);
    expect(max).toBeLessThan(100 * far);
  });

  test('three shards with an index', async () => {
    const names = [...tensors.keys()];
    const all = stored();
    const weightMap: Record<string, string> = {};
    for (let shard = 0; shard < 3; shard++) {
      const file = `model-0000${shard + 1}-of-00003.safetensors`;
      const own = names.filter((_, i) => i % 3 === shard);
      await writeFile(
        path.join(folder, file),
        safetensors(new Map(own.map((name) => [name, all.get(name) as Stored]))),
      );
      for (const name of own) weightMap[name] = file;
    }
    await rm(path.join(folder, 'model.safetensors'), { force: true });
    await writeFile(
      path.join(folder, 'model.safetensors.index.json'),
      JSON.stringify({ metadata: {}, weight_map: weightMap }),
    );
    expect(await logitsOf(folder)).toEqual(await logitsOf(fixture));
  });
});
