import { execFile } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { listCachedModels, removeCachedModels } from '../../dist/hub/cached-models.js';
import { resolveModel } from '../../dist/hub/resolve.js';
import { Reranker } from '../../dist/reranker/reranker.js';
import { ROOT } from '../support/fixtures.js';
import { contentsOf, hubFixture, tinyFiles } from '../support/hub-fixture.js';

const run = promisify(execFile);
const ID = 'owner/name';
const WANTED = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'model.safetensors',
];

/** A Python that has huggingface_hub, as scripts/reference/requirements.txt brings it. */
const PYTHON = process.env.REFERENCE_PYTHON;

async function python(...args: string[]): Promise<string> {
  const script = path.join(ROOT, 'test/hub/fetch_with_python.py');
  const { stdout } = await run(PYTHON as string, [script, ...args]);
  return stdout.trim();
}

/** The entry of a snapshot's weights in its model's blobs. */
function realBlob(snapshot: string): string {
  const file = path.join(snapshot, 'model.safetensors');
  return path.join(path.dirname(file), readlinkSync(file));
}

/** Locks are kept by Python and not by us; the tag names its writer. */
function layout(cache: string): Record<string, string> {
  const entries = Object.entries(contentsOf(cache));
  return Object.fromEntries(entries.filter(([name]) => !/^\.locks|^CACHEDIR\.TAG$/.test(name)));
}

describe("Python's huggingface_hub and we, by the same hub", () => {
  const reason = 'REFERENCE_PYTHON names no Python with huggingface_hub';

  test('leave the same files in the same places', async (context) => {
    context.skip(PYTHON === undefined, reason);
    const ours = await hubFixture();
    ours.hub.push(ID, tinyFiles(), ['main', 'v1']);
    await resolveModel(`${ID}@v1`);
    await resolveModel(ID);
    const expected = layout(ours.cache);
    const theirs = path.join(path.dirname(ours.cache), 'python');
    process.env.HF_HUB_CACHE = theirs;
    await python('--snapshot', `${ID}`, ...WANTED);
    const { 'models--owner--name/refs/v1': _, ...withoutTag } = expected;
    expect(layout(theirs)).toEqual(withoutTag);
  });

  test('a model that Python downloaded file by file is found without a request, and runs', async (context) => {
    context.skip(PYTHON === undefined, reason);
    const { hub } = await hubFixture();
    hub.push(ID, tinyFiles());
    const folder = await python(ID, ...WANTED);
    hub.requests.length = 0;
    expect((await resolveModel(ID)).folder).toBe(folder);
    const reranker = await Reranker.load(ID, { backend: 'cpu' });
    expect(reranker.info.model).toBe(ID);
    reranker.dispose();
    expect(hub.requests).toEqual([]);
  });

  test('a model that we downloaded is found by Python without a request', async (context) => {
    context.skip(PYTHON === undefined, reason);
    const { hub } = await hubFixture();
    hub.push(ID, tinyFiles());
    const { folder } = await resolveModel(ID);
    hub.requests.length = 0;
    expect(await python('--offline', ID, ...WANTED)).toBe(folder);
    // Its library may ask for something of its own.
    expect(hub.requests.filter(({ path: asked }) => asked.includes(ID))).toEqual([]);
  });

  test('both simultaneously, into the same cache', async (context) => {
    context.skip(PYTHON === undefined, reason);
    const { hub, cache } = await hubFixture();
    hub.push(ID, tinyFiles());
    const [folder, ours] = await Promise.all([python(ID, ...WANTED), resolveModel(ID)]);
    expect(ours.folder).toBe(folder);
    expect(Object.keys(contentsOf(cache)).filter((name) => /\.(partial|incomplete|tmp)$/.test(name))).toEqual(
      [],
    );
    expect(await python('--offline', ID, ...WANTED)).toBe(folder);
  });

  test('a state is removed from a cache that Python filled by hf-xet, and shared contents stay', async (context) => {
    context.skip(PYTHON === undefined, reason);
    const { hub, cache } = await hubFixture();
    hub.hasXet = true;
    const files = tinyFiles();
    const other = { ...files, 'model.safetensors': Buffer.from('other weights') };
    const old = hub.push(ID, other);
    await python('--xet', ID, ...WANTED);
    hub.push(ID, { ...files, 'README.md': 'the same weights as below' });
    const kept = await python('--xet', ID, ...WANTED);
    hub.push('owner/copy', files);
    const copy = await python('--xet', 'owner/copy', ...WANTED);
    const inStore = () =>
      Object.keys(contentsOf(path.join(cache, 'blobs'))).filter((name) => /\w{64}$/.test(name));
    expect(readlinkSync(realBlob(kept))).toMatch(/^\.\.\/\.\.\/blobs\/\w\w\/\w{64}$/);
    expect(inStore().length).toBe(2);

    const remove = async (id: string, commit?: string) => {
      const models = await listCachedModels(cache);
      return removeCachedModels(
        cache,
        models.filter((model) => model.id === id && (commit === undefined || model.commit === commit)),
      );
    };
    expect(await remove(ID, old)).toBeGreaterThanOrEqual('other weights'.length);
    expect(inStore().length).toBe(1);
    expect((await resolveModel(ID, { offline: true })).folder).toBe(kept);
    expect(await python('--offline', ID, ...WANTED)).toBe(kept);
    // Another model has the same weights: they stay, and are not counted as freed.
    const size = (files['model.safetensors'] as Buffer).length;
    const small = await remove(ID);
    expect(
      readFileSync(path.join(copy, 'model.safetensors')).equals(files['model.safetensors'] as Buffer),
    ).toBe(true);
    expect(await remove('owner/copy')).toBeGreaterThan(small + size / 2);
    expect(inStore()).toEqual([]);
    // And Python goes on with what is left.
    expect(await python('--xet', 'owner/copy', ...WANTED)).toBe(copy);
  });

  test('a partial download of Python is completed', async (context) => {
    context.skip(PYTHON === undefined, reason);
    const { hub } = await hubFixture();
    hub.push(ID, tinyFiles());
    const folder = await python(ID, 'config.json', 'tokenizer.json');
    expect((await resolveModel(ID)).folder).toBe(folder);
    expect(hub.contentRequests('tokenizer.json').filter(({ method }) => method === 'GET').length).toBe(1);
  });
});
