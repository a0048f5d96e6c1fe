import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HubError, WeightNotFoundError } from '../../dist/errors/errors.js';
import { resolveModelFolder } from '../../dist/hub/resolve.js';
import { asNobody } from '../support/as-nobody.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'resolve-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('resolveModelFolder', () => {
  it('gives the embedded model without a path', async () => {
    const embedded = await resolveModelFolder();
    expect(path.isAbsolute(embedded)).toBe(true);
    expect(path.basename(embedded)).toBe('mini-en-zh');
    await access(path.join(embedded, 'model.safetensors'));
  });

  it('makes a path absolute', async () => {
    expect(await resolveModelFolder(path.relative(process.cwd(), folder))).toBe(folder);
    expect(await resolveModelFolder(`${folder}/../${path.basename(folder)}/`)).toBe(folder);
  });

  it.each<[string, RegExp]>([
    ['', /The path of the model is empty/],
    ['./absent', /The model folder \/.*absent does not exist\.$/],
    ['a\0b', /cannot be read/],
    ['x'.repeat(300), /cannot be read: ENAMETOOLONG/],
  ])('refuses %j', async (given, message) => {
    await expect(resolveModelFolder(given)).rejects.toThrow(message);
    await expect(resolveModelFolder(given)).rejects.toThrow(WeightNotFoundError);
  });

  it('looks for a name of the hub in the cache, without a request', async () => {
    await expect(resolveModelFolder('BAAI/no-such-model')).rejects.toThrow(
      /BAAI\/no-such-model@main is neither a folder nor in the cache/,
    );
    await expect(resolveModelFolder('BAAI/no-such-model')).rejects.toThrow(HubError);
  });

  it('refuses a file, and a path through a file', async () => {
    const file = path.join(folder, 'model.safetensors');
    await writeFile(file, '');
    await expect(resolveModelFolder(file)).rejects.toThrow(
      /is not a folder\. Give the one that holds config\.json/,
    );
    await expect(resolveModelFolder(`${file}/x`)).rejects.toThrow(/is not a folder/);
  });

  it('refuses a folder that may not be read', async () => {
    await asNobody(folder, async () => {
      await expect(resolveModelFolder(folder)).rejects.toThrow(/cannot be read: permission denied/);
      await expect(resolveModelFolder(folder)).rejects.toThrow(WeightNotFoundError);
    });
  });
});
