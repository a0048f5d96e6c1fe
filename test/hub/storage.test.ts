import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readHubEnvironment } from '../../dist/hub/environment.js';
import { pullModel } from '../../dist/hub/pull.js';
import { resolveModel } from '../../dist/hub/resolve.js';
import { asNobody } from '../support/as-nobody.js';
import { sha256 } from '../support/fake-hub.js';
import { hubFixture, plainFiles } from '../support/hub-fixture.js';

const ID = 'owner/name';
const MODEL = { id: ID, revision: 'main' };

test('too little space is an error before any download', async () => {
  const { hub, cache } = await hubFixture();
  hub.push(ID, plainFiles());
  const tree = ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => ({
    ...{ type: 'file', path: name, size: 1, oid: 'a'.repeat(40) },
    ...(name === 'model.safetensors' && { lfs: { oid: 'b'.repeat(64), size: 2 ** 52, pointerSize: 1 } }),
  }));
  hub.overrides.set('/tree/', {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(tree),
  });
  const pulled = pullModel(MODEL, readHubEnvironment());
  await expect(pulled).rejects.toMatchObject({ reason: 'storage' });
  await expect(pulled).rejects.toThrow(
    /owner\/name@main needs 4503599627\.4 MB more, and .*blobs has room for .* set HF_HOME/,
  );
  expect(hub.requests.some(({ path: asked }) => asked.includes('/resolve/'))).toBe(false);
  expect(existsSync(path.join(cache, 'models--owner--name/snapshots'))).toBe(false);
});

test('a disk that becomes full while a file is written', async (context) => {
  context.skip(!existsSync('/dev/full'), 'this system has no /dev/full');
  const { hub, cache } = await hubFixture();
  const files = plainFiles();
  hub.push(ID, files);
  const blob = path.join(
    ...[cache, 'models--owner--name', 'blobs', sha256(files['model.safetensors'] as Buffer)],
  );
  mkdirSync(path.dirname(blob), { recursive: true });
  symlinkSync('/dev/full', `${blob}.partial`);
  const pulled = pullModel(MODEL, readHubEnvironment());
  await expect(pulled).rejects.toMatchObject({ reason: 'storage' });
  await expect(pulled).rejects.toThrow(/no space is left on the disk; what is downloaded stays/);
  rmSync(`${blob}.partial`);
  await pullModel(MODEL, readHubEnvironment());
});

test('a cache without permission to write', async () => {
  const { hub, cache } = await hubFixture();
  hub.push(ID, plainFiles());
  mkdirSync(cache, { recursive: true });
  await asNobody(cache, async () => {
    const pulled = pullModel(MODEL, readHubEnvironment());
    await expect(pulled).rejects.toMatchObject({ reason: 'storage' });
    await expect(pulled).rejects.toThrow(/permission denied\. Set HF_HOME to a folder that may be written/);
  });
});

test('a file in the place of the cache', async () => {
  const { hub, cache } = await hubFixture();
  hub.push(ID, plainFiles());
  writeFileSync(cache, '');
  await expect(resolveModel(ID)).rejects.toThrow(/The cache of models cannot be written: .*hub/);
});
