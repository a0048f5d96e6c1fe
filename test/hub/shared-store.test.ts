import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CachedModel, listCachedModels, removeCachedModels } from '../../dist/hub/cached-models.js';
import { sha256 } from '../support/fake-hub.js';
import { temporaryFolder } from '../support/tiny-model.js';

const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)] as const;

/** A cache as Python's huggingface_hub 2 with hf-xet leaves it; test/hub/python.test.ts has one of its own making. */
class SharedCache {
  readonly folder = temporaryFolder();

  constructor({ marker = '1\n' } = {}) {
    mkdirSync(path.join(this.folder, 'blobs'));
    writeFileSync(path.join(this.folder, 'blobs/.huggingface-shared-blobs'), marker);
  }

  contentOf(text: string): string {
    const hash = sha256(`xet ${text}`);
    return path.join(this.folder, 'blobs', hash.slice(0, 2), hash);
  }

  /** Gives a state of a model its weights. @returns the entry in the model's blobs */
  add(id: string, commit: string, text: string): string {
    const repository = path.join(this.folder, `models--${id.replace('/', '--')}`);
    const blob = path.join(repository, 'blobs', sha256(text));
    const content = this.contentOf(text);
    const snapshot = path.join(repository, 'snapshots', commit);
    for (const folder of [path.dirname(blob), path.dirname(content), snapshot])
      mkdirSync(folder, { recursive: true });
    if (!existsSync(content)) writeFileSync(content, text);
    if (!existsSync(blob)) {
      symlinkSync(path.relative(path.dirname(blob), content), blob);
      writeFileSync(`${content}.refs`, `${path.relative(this.folder, blob)}\n`, { flag: 'a' });
    }
    symlinkSync(path.relative(snapshot, blob), path.join(snapshot, 'model.safetensors'));
    return blob;
  }

  async remove(id: string, commit: string): Promise<number> {
    const models = await listCachedModels(this.folder);
    const chosen = models.filter((model: CachedModel) => model.id === id && model.commit === commit);
    expect(chosen.length).toBe(1);
    return removeCachedModels(this.folder, chosen);
  }
}

describe('a cache whose blobs are links into a shared store', () => {
  test('the remaining state keeps its contents, and unused contents are freed', async () => {
    const cache = new SharedCache();
    const old = cache.add('owner/name', OLD, 'old weights');
    const blob = cache.add('owner/name', NEW, 'weights');
    expect(await cache.remove('owner/name', OLD)).toBe('old weights'.length);
    expect(readFileSync(blob, 'utf8')).toBe('weights');
    expect(lstatSync(blob).isSymbolicLink()).toBe(true);
    expect([existsSync(cache.contentOf('old weights')), existsSync(old)]).toEqual([false, false]);
    expect(await cache.remove('owner/name', NEW)).toBe('weights'.length);
    expect(existsSync(cache.contentOf('weights'))).toBe(false);
  });

  test('contents of another model stay, and are not counted', async () => {
    const cache = new SharedCache();
    cache.add('owner/name', OLD, 'weights');
    const copy = cache.add('owner/copy', OLD, 'weights');
    expect(await cache.remove('owner/name', OLD)).toBe(0);
    expect(readFileSync(copy, 'utf8')).toBe('weights');
    expect(await cache.remove('owner/copy', OLD)).toBe('weights'.length);
  });

  test('without a list of links, or in a folder that is no store, a content stays', async () => {
    const [unlisted, foreign] = [new SharedCache(), new SharedCache({ marker: 'another' })];
    for (const cache of [unlisted, foreign]) {
      cache.add('owner/name', OLD, 'weights');
      if (cache === unlisted) rmSync(`${cache.contentOf('weights')}.refs`);
      expect(await cache.remove('owner/name', OLD)).toBe(0);
      expect(readFileSync(cache.contentOf('weights'), 'utf8')).toBe('weights');
    }
  });
});
