import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { resolveModel } from '../../src/hub/resolve.js';
import { Reranker } from '../../src/reranker/reranker.js';
import { ROOT } from '../support/fixtures.js';
import { contentsOf, hubFixture, tinyFiles } from './hub-fixture.js';

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

  test('what Python fetched file by file is found without a request, and runs', async (context) => {
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

  test('what we fetched is found by Python without a request', async (context) => {
    context.skip(PYTHON === undefined, reason);
    const { hub } = await hubFixture();
    hub.push(ID, tinyFiles());
    const { folder } = await resolveModel(ID);
    hub.requests.length = 0;
    expect(await python('--offline', ID, ...WANTED)).toBe(folder);
    // Its library may ask for something of its own.
    expect(hub.requests.filter(({ path: asked }) => asked.includes(ID))).toEqual([]);
  });

  test('both at once, into the same cache', async (context) => {
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

  test('a part that Python fetched is completed', async (context) => {
    context.skip(PYTHON === undefined, reason);
    const { hub } = await hubFixture();
    hub.push(ID, tinyFiles());
    const folder = await python(ID, 'config.json', 'tokenizer.json');
    expect((await resolveModel(ID)).folder).toBe(folder);
    expect(hub.contentRequests('tokenizer.json').filter(({ method }) => method === 'GET').length).toBe(1);
  });
});
