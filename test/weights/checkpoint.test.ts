import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  InternalError,
  type RerankerError,
  WeightFormatError,
  WeightNotFoundError,
} from '../../dist/errors/errors.js';
import { openCheckpoint } from '../../dist/weights/checkpoint.js';
import { decodeFloat32 } from '../../dist/weights/format/dtype.js';
import { asNobody } from '../support/as-nobody.js';
import { entry, fileOf, float32File } from '../support/safetensors-file.js';

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const SHARD_1 = 'model-00001-of-00002.safetensors';
const SHARD_2 = 'model-00002-of-00002.safetensors';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'checkpoint-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function put(name: string, content: string | Uint8Array): Promise<void> {
  return writeFile(path.join(folder, name), content);
}

async function putShards(weightMap: unknown): Promise<void> {
  await put(SHARD_1, float32File({ b: [1, 2], a: [3] }));
  await put(SHARD_2, float32File({ c: [4, 5, 6] }));
  await put(INDEX, JSON.stringify({ metadata: { total_size: 24 }, weight_map: weightMap }));
}

/** File descriptors of this process into the test's folder (Linux; elsewhere none are counted). */
async function openDescriptors(): Promise<number> {
  const { readlink } = await import('node:fs/promises');
  const all = await readdir('/proc/self/fd').catch(() => []);
  const links = await Promise.all(all.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return links.filter((link) => link.startsWith(folder)).length;
}

/** The error of openCheckpoint; no file may stay open. */
async function errorOf<T extends RerankerError>(type: new (...args: never[]) => T): Promise<T> {
  const error: unknown = await openCheckpoint(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(await openDescriptors()).toBe(0);
  if (!(error instanceof type))
    throw new Error(`expected ${type.name}, got ${String(error)}`, { cause: error });
  expect(error.message).not.toContain('\n');
  return error;
}

describe('one file', () => {
  it('reads tensors in file order into memory of their own', async () => {
    await put(SINGLE, float32File({ second: [1.5, -2], first: [3] }));
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.folder).toBe(folder);
    expect([...checkpoint.entries.keys()]).toEqual(['second', 'first']);
    expect(checkpoint.entries.get('second')).toMatchObject({ dtype: 'F32', shape: [2], file: SINGLE });
    expect(checkpoint.byteLength).toBe(12);
    const bytes = await checkpoint.read('second');
    expect(bytes.byteOffset).toBe(0);
    expect(bytes.buffer.byteLength).toBe(8);
    expect([...decodeFloat32(bytes, 'F32')]).toEqual([1.5, -2]);
    expect([...decodeFloat32(await checkpoint.read('first'), 'F32')]).toEqual([3]);
    expect((await checkpoint.read('first')).buffer).not.toBe((await checkpoint.read('first')).buffer);
    await checkpoint.close();
    await checkpoint.close();
    expect(await openDescriptors()).toBe(0);
  });

  it('reads the embedded model', async () => {
    const mini = fileURLToPath(new URL('../../weights/mini-en-zh', import.meta.url));
    const checkpoint = await openCheckpoint(mini);
    try {
      expect(checkpoint.entries.size).toBe(201);
      expect(checkpoint.byteLength).toBe(64_784_642);
      expect(checkpoint.entries.get('roberta.embeddings.word_embeddings.weight')?.shape).toEqual([
        28_000, 384,
      ]);
      const file = await readFile(path.join(mini, SINGLE));
      for (const [name, { byteOffset, byteLength, dtype }] of checkpoint.entries) {
        const bytes = await checkpoint.read(name);
        expect(Buffer.compare(bytes, file.subarray(byteOffset, byteOffset + byteLength)), name).toBe(0);
        expect(decodeFloat32(bytes, dtype).every(Number.isFinite), name).toBe(true);
      }
    } finally {
      await checkpoint.close();
    }
  });

  it('reads a tensor that one system call does not', async () => {
    const size = 80 * 1024 * 1024;
    const header = fileOf({ a: entry('U8', [size], 0, size) });
    await put(SINGLE, header);
    await truncate(path.join(folder, SINGLE), header.byteLength + size - 1);
    await writeFile(path.join(folder, SINGLE), Uint8Array.of(77), { flag: 'a' });
    const checkpoint = await openCheckpoint(folder);
    const bytes = await checkpoint.read('a');
    await checkpoint.close();
    expect([bytes.byteLength, bytes[0], bytes[size - 2], bytes[size - 1]]).toEqual([size, 0, 0, 77]);
  });

  it('reads through a symbolic link, as in the cache of the hub', async () => {
    await put('blob', float32File({ a: [7] }));
    await symlink('blob', path.join(folder, SINGLE));
    const checkpoint = await openCheckpoint(folder);
    expect([...decodeFloat32(await checkpoint.read('a'), 'F32')]).toEqual([7]);
    await checkpoint.close();
  });

  it('says when a file became shorter after it was opened', async () => {
    await put(SINGLE, float32File({ a: [1], b: [2, 3] }));
    const checkpoint = await openCheckpoint(folder);
    await truncate(path.join(folder, SINGLE), (checkpoint.entries.get('b')?.byteOffset ?? 0) + 5);
    expect([...decodeFloat32(await checkpoint.read('a'), 'F32')]).toEqual([1]);
    await expect(checkpoint.read('b')).rejects.toThrow(WeightFormatError);
    await expect(checkpoint.read('b')).rejects.toThrow(
      /ends at byte \d+; it had \d+ bytes when it was opened/,
    );
    await checkpoint.close();
  });

  it('refuses names that it does not have, and reads after close', async () => {
    await put(SINGLE, float32File({ a: [1] }));
    const checkpoint = await openCheckpoint(folder);
    await expect(checkpoint.read('__proto__')).rejects.toThrow(WeightNotFoundError);
    await checkpoint.close();
    await expect(checkpoint.read('a')).rejects.toThrow(InternalError);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /has 0 bytes/],
    ['a cut header', float32File({ a: [1] }).subarray(0, 40), /says that its header has \d+ bytes/],
    ['cut data', float32File({ a: [1] }).slice(0, -1), /at bytes 0 to 4 of its data, which has 3/],
    [
      'a web page',
      new TextEncoder().encode('<!DOCTYPE html><html>not found</html>'),
      /says that its header has/,
    ],
    ['a wild offset', fileOf({ a: entry('U8', [1], 1e15, 1e15 + 1) }, 1), /of its data, which has 1/],
  ])('refuses %s and closes it', async (_, bytes, message) => {
    await put(SINGLE, bytes);
    const error = await errorOf(WeightFormatError);
    expect(error.file).toBe(path.join(folder, SINGLE));
    expect(error.message).toMatch(message);
  });
});

describe('shards', () => {
  it('reads them in the order of the index, by offset within each', async () => {
    await putShards({ c: SHARD_2, a: SHARD_1, b: SHARD_1 });
    const checkpoint = await openCheckpoint(folder);
    expect([...checkpoint.entries].map(([name, { file }]) => [name, file])).toEqual([
      ['c', SHARD_2],
      ['b', SHARD_1],
      ['a', SHARD_1],
    ]);
    expect(checkpoint.byteLength).toBe(24);
    expect([...decodeFloat32(await checkpoint.read('a'), 'F32')]).toEqual([3]);
    expect([...decodeFloat32(await checkpoint.read('c'), 'F32')]).toEqual([4, 5, 6]);
    await checkpoint.close();
    expect(await openDescriptors()).toBe(0);
  });

  it('are ignored if there is a single file, as in transformers', async () => {
    await putShards({ a: '../x' });
    await put(SINGLE, float32File({ only: [1] }));
    const checkpoint = await openCheckpoint(folder);
    expect([...checkpoint.entries.keys()]).toEqual(['only']);
    await checkpoint.close();
  });

  const right = { a: SHARD_1, b: SHARD_1, c: SHARD_2 };
  it.each<[string, unknown, RegExp]>([
    [
      'a name that no shard has',
      { ...right, d: SHARD_2 },
      /puts tensor "d" into "model-00002.*", which does not have it/,
    ],
    [
      'a name in another shard',
      { ...right, c: SHARD_1, d: SHARD_2 },
      /has tensor "c"; .* puts it into "model-00001/,
    ],
    [
      'a tensor that is not mapped',
      { a: SHARD_1, c: SHARD_2 },
      /has tensor "b"; .*index\.json does not mention it/,
    ],
    [
      'a path',
      { ...right, c: 'sub/x.safetensors' },
      /tensor "c" into "sub\/x\.safetensors"; expected the name of a file/,
    ],
    ['a parent', { ...right, c: '..' }, /into ".."; expected the name/],
    ['a windows path', { ...right, c: '..\\x' }, /expected the name/],
    ['a drive', { ...right, c: 'C:x' }, /expected the name/],
    ['a zero byte', { ...right, c: 'x\0' }, /expected the name/],
    ['no name', { ...right, c: '' }, /expected the name/],
    ['a number', { ...right, c: 1 }, /tensor "c" into 1; expected the name/],
    ['no map', undefined, /has undefined as "weight_map"; expected an object/],
    ['an array', [], /has \[\] as "weight_map"/],
    ['an empty map', {}, /has an empty "weight_map"/],
  ])('are refused with %s', async (_, weightMap, message) => {
    await putShards(weightMap);
    expect((await errorOf(WeightFormatError)).message).toMatch(message);
  });

  it('are refused if one tensor is in two of them', async () => {
    await putShards(right);
    await put(SHARD_2, float32File({ c: [1], a: [2] }));
    expect((await errorOf(WeightFormatError)).message).toMatch(
      /00002.* has tensor "a"; .* puts it into "model-00001/,
    );
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['a name twice', `{"weight_map":{"a":"${SHARD_1}","\\u0061":"${SHARD_1}"}}`, /key "a" twice/],
    ['no JSON', '{', /is not valid JSON/],
    ['bad UTF-8', Uint8Array.of(0x7b, 0xff), /is not valid JSON in UTF-8/],
    ['an array', '[]', /has undefined as "weight_map"/],
    ['null', 'null', /has undefined as "weight_map"/],
    [
      'a map by inheritance',
      `{"__proto__":{"weight_map":{"a":"${SHARD_1}"}}}`,
      /has undefined as "weight_map"/,
    ],
    ['deep nesting', '['.repeat(100_000), /nested deeper/],
  ])('are refused with an index of %s', async (_, index, message) => {
    await putShards(right);
    await put(INDEX, index);
    const error = await errorOf(WeightFormatError);
    expect(error.file).toBe(path.join(folder, INDEX));
    expect(error.message).toMatch(message);
  });

  it('are refused with an index of more than 100 MB, before it is read', async () => {
    await put(INDEX, '');
    await truncate(path.join(folder, INDEX), 100_000_001);
    expect((await errorOf(WeightFormatError)).message).toMatch(
      /has 100000001 bytes; an index has at most 100 MB/,
    );
  });

  it('are refused when one is absent, and the others are closed', async () => {
    await putShards(right);
    await rm(path.join(folder, SHARD_2));
    expect((await errorOf(WeightNotFoundError)).message).toMatch(
      /00002-of-00002\.safetensors cannot be read: .*does not exist/,
    );
  });
});

describe('a folder without weights', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['nothing', [], /neither model\.safetensors nor .*index\.json, no weights at all\./],
    ['pickles', ['pytorch_model.bin'], /only pytorch_model\.bin\. .*ever unpickled.*save_pretrained/],
    ['other formats', ['tf_model.h5', 'model.onnx'], /only tf_model\.h5, model\.onnx/],
  ])('lists the files that exist: %s', async (_, files, message) => {
    for (const file of files) await put(file, '');
    expect((await errorOf(WeightNotFoundError)).message).toMatch(message);
  });

  it('that does not exist', async () => {
    await expect(openCheckpoint(path.join(folder, 'absent'))).rejects.toThrow(/absent does not exist\.$/);
    await expect(openCheckpoint(path.join(folder, 'absent'))).rejects.toThrow(WeightNotFoundError);
    await expect(openCheckpoint(`${folder}\0`)).rejects.toThrow(WeightNotFoundError);
    await expect(openCheckpoint(path.join(folder, 'x'.repeat(300)))).rejects.toThrow(/its name is too long/);
  });

  it('that is a file', async () => {
    await put('file', '');
    await expect(openCheckpoint(path.join(folder, 'file'))).rejects.toThrow(
      /a part of its path is not a folder/,
    );
    await expect(openCheckpoint(path.join(folder, 'file'))).rejects.toThrow(WeightNotFoundError);
  });

  it('whose weights are a folder', async () => {
    await mkdir(path.join(folder, SINGLE));
    expect((await errorOf(WeightNotFoundError)).message).toMatch(/is not a regular file/);
  });

  it('whose weights are a pipe does not wait for a writer', async () => {
    execFileSync('mkfifo', [path.join(folder, SINGLE)]);
    expect((await errorOf(WeightNotFoundError)).message).toMatch(/is not a regular file/);
  });

  it('whose weights are a link in a circle or to nothing', async () => {
    await symlink(SINGLE, path.join(folder, SINGLE));
    expect((await errorOf(WeightNotFoundError)).message).toMatch(/its symbolic links form a loop/);
    await rm(path.join(folder, SINGLE));
    await symlink('blobs/absent', path.join(folder, SINGLE));
    const error = await errorOf(WeightNotFoundError);
    expect(error.message).toMatch(/it, or the file that it links to, does not exist/);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('that may not be read, or whose weights may not', async () => {
    await put(SINGLE, float32File({ a: [1] }));
    await asNobody(path.join(folder, SINGLE), async () => {
      expect((await errorOf(WeightNotFoundError)).message).toMatch(
        /model\.safetensors cannot be read: permission denied/,
      );
    });
    await asNobody(folder, async () => {
      await expect(openCheckpoint(folder)).rejects.toThrow(/permission denied/);
      await expect(openCheckpoint(folder)).rejects.toThrow(WeightNotFoundError);
    });
  });
});
