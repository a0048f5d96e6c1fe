import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { HubError } from '../../dist/errors/errors.js';
import { type CachedModel, listCachedModels, removeCachedModels } from '../../dist/hub/cached-models.js';
import { readHubEnvironment } from '../../dist/hub/environment.js';
import { parseModelId } from '../../dist/hub/model-id.js';
import { pullModel } from '../../dist/hub/pull.js';
import type { DownloadProgress, PullOptions } from '../../dist/hub/pull-options.js';
import { resolveModel } from '../../dist/hub/resolve.js';
import { gitHash, type SeenRequest, sha256, TOKENS } from '../support/fake-hub.js';
import { contentsOf, hubFixture, plainFiles, tinyConfig, tinyFiles } from '../support/hub-fixture.js';

const ID = 'owner/name';
const REPOSITORY = 'models--owner--name';

/** Downloads at once after a break, so that no test waits. */
function pull(model: string = ID, options: PullOptions = {}) {
  const id = parseModelId(model);
  if (id === undefined) throw new TypeError(model);
  return pullModel(id, readHubEnvironment(), { retryDelayMs: 1, ...options });
}

/** The error of a failed download. */
async function failure(model: string = ID): Promise<HubError> {
  const error: unknown = await pull(model).then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(HubError);
  expect((error as HubError).message.split('\n').length).toBeLessThanOrEqual(3);
  return error as HubError;
}

/** The first byte that a request asks for. */
function startOf(request: SeenRequest | undefined): number {
  return Number(/^bytes=(\d+)-$/.exec(request?.range ?? '')?.[1] ?? 0);
}

/** The cache without its tag, which has a fixed text. */
function cached(cache: string): Record<string, string> {
  const { 'CACHEDIR.TAG': tag, ...rest } = contentsOf(cache);
  expect(tag).toMatch(/^Signature: 8a477f597d28d172789f06886806bc55\n/);
  return rest;
}

test('downloads config, tokenizer and safetensors into the standard layout, and nothing else', async () => {
  const { hub, cache } = await hubFixture();
  const files = tinyFiles();
  const commit = hub.push(ID, files);
  const { folder } = await resolveModel(ID);
  expect(folder).toBe(path.join(cache, REPOSITORY, 'snapshots', commit));
  const wanted = [
    'config.json',
    'model.safetensors',
    'special_tokens_map.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ];
  const { [`${REPOSITORY}/trees/${commit}.json`]: tree, ...rest } = cached(cache);
  const expected: [string, string][] = wanted.flatMap((name) => {
    const content = files[name] as Buffer;
    const hash = name === 'model.safetensors' ? sha256(content) : gitHash(content);
    return [
      [`${REPOSITORY}/blobs/${hash}`, content.toString('latin1')],
      [`${REPOSITORY}/snapshots/${commit}/${name}`, `-> ../../blobs/${hash}`],
    ];
  });
  expect(rest).toEqual({ ...Object.fromEntries(expected), [`${REPOSITORY}/refs/main`]: commit });
  const listed = JSON.parse(tree as string) as { format_version: number; files: Record<string, unknown> };
  expect(listed.format_version).toBe(1);
  expect(Object.keys(listed.files)).toEqual(Object.keys(files).sort());
  expect(listed.files['config.json']).toEqual({
    size: (files['config.json'] as Buffer).length,
    blob_id: gitHash(files['config.json'] as Buffer),
  });
  expect(hub.contentRequests('README.md')).toEqual([]);
});

test('a model in the cache is found without a request, by branch, tag and commit', async () => {
  const { hub } = await hubFixture();
  const commit = hub.push(ID, plainFiles(), ['main', 'v1.5', 'a/branch']);
  const first = await resolveModel(ID);
  await resolveModel(`${ID}@v1.5`);
  await resolveModel(`${ID}@a/branch`);
  expect(hub.contentRequests('model.safetensors').length).toBe(1); // all are one state
  hub.requests.length = 0;
  for (const revision of ['', '@main', '@v1.5', '@a/branch', `@${commit}`]) {
    expect(await resolveModel(ID + revision)).toEqual(first);
  }
  expect(first).toMatchObject({ name: ID, revision: commit, reference: `${ID}@${commit}` });
  expect(hub.requests).toEqual([]);
});

test('a branch that moved is followed on request, and the old state stays', async () => {
  const { hub, cache } = await hubFixture();
  const before = hub.push(ID, plainFiles(1000, 1));
  const old = await resolveModel(ID);
  const after = hub.push(ID, plainFiles(1000, 2));
  expect((await resolveModel(ID)).revision).toBe(before);
  expect((await resolveModel(ID, { update: true })).revision).toBe(after);
  expect((await resolveModel(ID)).revision).toBe(after);
  expect((await resolveModel(`${ID}@${before}`)).folder).toBe(old.folder);
  expect(hub.contentRequests('config.json').length).toBe(1); // both states have the same
  expect(readFileSync(path.join(cache, REPOSITORY, 'refs/main'), 'utf8')).toBe(after);
});

test('a commit is never requested twice, and creates no ref', async () => {
  const { hub, cache } = await hubFixture();
  const commit = hub.push(ID, plainFiles());
  await resolveModel(`${ID}@${commit}`);
  hub.requests.length = 0;
  await resolveModel(`${ID}@${commit}`, { update: true });
  expect(hub.requests).toEqual([]);
  expect(readdirSync(path.join(cache, REPOSITORY))).not.toContain('refs');
});

test('a cache without refs is read by the names of its snapshots, as in Python', async () => {
  const { hub, cache } = await hubFixture();
  const folder = path.join(cache, REPOSITORY, 'snapshots/main');
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(plainFiles())) writeFileSync(path.join(folder, name), content);
  const found = { folder, name: ID, revision: undefined, reference: `${ID}@main` };
  expect(await resolveModel(ID)).toEqual(found);
  expect(await resolveModel(`${ID}@main`, { offline: true })).toEqual(found);
  await expect(resolveModel(`${ID}@v1`, { offline: true })).rejects.toThrow(/nor in the cache/);
  expect(hub.requests).toEqual([]);
  // When the hub is asked, main means another state.
  const commit = hub.push(ID, plainFiles());
  expect((await resolveModel(ID, { update: true })).revision).toBe(commit);
  expect((await resolveModel(ID)).revision).toBe(commit);
});

test('a snapshot with the name of a branch is listed by it, and removed', async () => {
  const { hub, cache } = await hubFixture();
  const folder = path.join(cache, REPOSITORY, 'snapshots/main');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(cache, REPOSITORY, 'snapshots/.DS_Store'), '');
  for (const [name, content] of Object.entries(tinyFiles())) {
    if (!name.includes('/')) writeFileSync(path.join(folder, name), content);
  }
  const [byHand, ...rest] = await listCachedModels(cache);
  expect(rest).toEqual([]);
  expect(byHand).toMatchObject({
    id: ID,
    snapshot: 'main',
    commit: undefined,
    refs: ['main'],
    state: 'ready',
  });
  // Where the branch is known, its name means the commit.
  const commit = hub.push(ID, tinyFiles());
  await resolveModel(ID, { update: true });
  const names = async () => (await listCachedModels(cache)).map(({ snapshot, refs }) => [snapshot, refs]);
  expect(await names()).toEqual([
    [commit, ['main']],
    ['main', []],
  ]);
  await removeCachedModels(cache, [byHand as CachedModel]);
  expect(await names()).toEqual([[commit, ['main']]]);
});

test('a folder with the same name wins over the hub', async () => {
  const { hub, cache } = await hubFixture();
  hub.push(ID, plainFiles());
  mkdirSync(path.join(cache, ID), { recursive: true });
  const cwd = process.cwd();
  process.chdir(cache);
  try {
    expect((await resolveModel(ID)).revision).toBeUndefined();
  } finally {
    process.chdir(cwd);
  }
  expect(hub.requests).toEqual([]);
});

test('shards are those in the index; the index is linked last', async () => {
  const { hub, cache } = await hubFixture();
  const shard = (i: number): string => `model-0000${i}-of-00002.safetensors`;
  const index = { metadata: {}, weight_map: { a: shard(1), b: shard(2), c: shard(1) } };
  const { 'model.safetensors': weights, ...rest } = plainFiles(1000);
  const files = { ...rest, [shard(1)]: weights as Buffer, [shard(2)]: Buffer.from('second') };
  const commit = hub.push(ID, {
    ...files,
    'model.safetensors.index.json': JSON.stringify(index),
    'model-00003-of-00003.safetensors': 'of another split',
  });
  const { folder } = await resolveModel(ID);
  expect(readdirSync(folder).sort()).toEqual([...Object.keys(files), 'model.safetensors.index.json'].sort());
  // Without one shard the state is not whole, and only that shard is fetched again.
  rmSync(path.join(cache, REPOSITORY, 'blobs', sha256('second')));
  hub.requests.length = 0;
  await resolveModel(ID);
  expect(hub.requests.filter(({ host }) => host === 'cdn').map(({ path: asked }) => asked)).toEqual([
    `/cdn/${ID}/${commit}/${shard(2)}`,
  ]);
});

test('a snapshot gets its weights last, so that an incomplete one is never used', async () => {
  const { hub, cache } = await hubFixture();
  const index = JSON.stringify({ weight_map: { a: 'model-00001-of-00001.safetensors' } });
  const { 'model.safetensors': weights, ...rest } = plainFiles(1000);
  const single = { ...rest, 'model.safetensors': weights as Buffer };
  const sharded = {
    ...{ 'model.safetensors.index.json': index, ...rest },
    'model-00001-of-00001.safetensors': weights as Buffer,
  };
  for (const [files, obstacle, last] of [
    [single, 'tokenizer.json', 'model.safetensors'],
    [sharded, 'model-00001-of-00001.safetensors', 'model.safetensors.index.json'],
  ] as const) {
    const commit = hub.push(ID, files);
    const snapshot = path.join(cache, REPOSITORY, 'snapshots', commit);
    mkdirSync(path.join(snapshot, obstacle, 'x'), { recursive: true }); // a link cannot take its place
    expect((await failure()).reason).toBe('storage');
    expect(readdirSync(snapshot)).not.toContain(last);
    expect(existsSync(path.join(cache, REPOSITORY, 'refs/main'))).toBe(false);
  }
});

test('a broken download continues where it broke', async () => {
  const { hub } = await hubFixture();
  const files = plainFiles(200_000);
  hub.push(ID, files);
  hub.fault = (name, attempt) =>
    name === 'model.safetensors' && attempt < 4 ? { cutAfter: 50_000 } : undefined;
  const bytes = Object.values(files).reduce((sum, content) => sum + Buffer.byteLength(content), 0);
  const seen: DownloadProgress[] = [];
  const { folder } = await pull(ID, { onDownloadProgress: (progress) => seen.push(progress) });
  expect(
    readFileSync(path.join(folder, 'model.safetensors')).equals(files['model.safetensors'] as Buffer),
  ).toBe(true);
  // A byte that was sent and not yet read when the connection broke is asked for again.
  const starts = hub.contentRequests('model.safetensors').map(startOf);
  expect(starts.length).toBe(4);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  expect(starts.at(-1)).toBeGreaterThan(0);
  expect(seen.filter(({ state }) => state === 'retrying').length).toBe(3);
  expect(seen.at(-1)).toMatchObject({ state: 'downloading', loadedBytes: bytes, totalBytes: bytes });
});

test('a server that sends the whole file again is accepted', async () => {
  const { hub } = await hubFixture();
  const files = plainFiles();
  hub.push(ID, files);
  hub.fault = (name, attempt) =>
    name !== 'model.safetensors' ? undefined : attempt === 1 ? { cutAfter: 50_000 } : { ignoreRange: true };
  const { folder } = await pull();
  expect(
    readFileSync(path.join(folder, 'model.safetensors')).equals(files['model.safetensors'] as Buffer),
  ).toBe(true);
});

test('a server that sends another part than the requested one is asked for the whole file', async () => {
  const { hub } = await hubFixture();
  const files = plainFiles();
  hub.push(ID, files);
  hub.fault = (name, attempt) =>
    name !== 'model.safetensors' ? undefined : attempt === 1 ? { cutAfter: 50_000 } : { shiftRange: 7 };
  const { folder } = await pull();
  const ranges = hub.contentRequests('model.safetensors').map(({ range }) => range);
  expect(ranges.at(-2)).toMatch(/^bytes=\d+-$/);
  expect(ranges.at(-1)).toBeUndefined();
  expect(
    readFileSync(path.join(folder, 'model.safetensors')).equals(files['model.safetensors'] as Buffer),
  ).toBe(true);
});

test('a connection that sends nothing is closed', async () => {
  const { hub } = await hubFixture({ HF_HUB_DOWNLOAD_TIMEOUT: '0.5' });
  hub.push(ID, plainFiles());
  hub.fault = (name, attempt) =>
    name === 'model.safetensors' && attempt === 1
      ? { hold: { after: 70_000, until: new Promise(() => {}) } }
      : undefined;
  const seen: string[] = [];
  await pull(ID, { onDownloadProgress: ({ state, detail }) => state === 'retrying' && seen.push(detail) });
  expect(seen).toEqual([expect.stringContaining('nothing arrived for 0.5 s')]);
  expect(startOf(hub.contentRequests('model.safetensors').at(-1))).toBeGreaterThan(0);
});

test('the idle timeout is that of one request, not of all redirects together', async () => {
  const { hub } = await hubFixture({ HF_HUB_DOWNLOAD_TIMEOUT: '2' });
  hub.push(ID, plainFiles());
  hub.delayMs = (asked) => (asked.endsWith('model.safetensors') ? 1300 : 0);
  await pull(); // the hub, then the host that has the file
  expect(hub.contentRequests('model.safetensors').length).toBe(1);
});

test('a slow connection is not closed', async () => {
  const { hub } = await hubFixture({ HF_HUB_DOWNLOAD_TIMEOUT: '2' });
  hub.push(ID, plainFiles(100_000));
  hub.fault = (name) => (name === 'model.safetensors' ? { slow: { part: 25_000, pauseMs: 600 } } : undefined);
  await pull();
  expect(hub.contentRequests('model.safetensors').length).toBe(1);
});

test('attempts without progress end; the received part is kept for the next time', async () => {
  const { hub } = await hubFixture();
  hub.push(ID, plainFiles());
  hub.fault = (name, attempt) => {
    if (name !== 'model.safetensors') return undefined;
    return attempt === 1 ? { cutAfter: 120_000 } : attempt < 8 ? { status: 503 } : undefined;
  };
  const { reason, message } = await failure();
  expect(reason).toBe('unreachable');
  expect(message).toContain('which stores the file for the hub, fails: status 503');
  await expect(resolveModel(ID, { offline: true })).rejects.toThrow(HubError);
  hub.fault = () => undefined;
  await pull();
  expect(startOf(hub.contentRequests('model.safetensors').at(-1))).toBeGreaterThan(0);
});

test('content with another hash is discarded: large files by sha256, small ones by git', async () => {
  const { hub, cache } = await hubFixture();
  hub.push(ID, plainFiles());
  for (const broken of ['model.safetensors', 'tokenizer.json']) {
    hub.fault = (name) => (name === broken ? { corrupt: true } : undefined);
    const { reason, message } = await failure();
    expect(reason).toBe('corrupt');
    expect(message).toMatch(new RegExp(`^${broken} is not what the hub announced`));
    expect(Object.keys(contentsOf(cache)).filter((name) => /partial|snapshots|refs/.test(name))).toEqual([]);
    rmSync(cache, { recursive: true });
  }
  hub.fault = () => undefined;
  await pull();
});

test('a wrong partial file is not continued', async () => {
  const { hub, cache } = await hubFixture();
  const files = plainFiles();
  hub.push(ID, files);
  const blob = path.join(cache, REPOSITORY, 'blobs', sha256(files['model.safetensors'] as Buffer));
  mkdirSync(path.dirname(blob), { recursive: true });
  for (const left of [Buffer.alloc(1000), Buffer.alloc(300_000), Buffer.alloc(200_000)]) {
    writeFileSync(`${blob}.partial`, left);
    const { folder } = await pull();
    expect(
      readFileSync(path.join(folder, 'model.safetensors')).equals(files['model.safetensors'] as Buffer),
    ).toBe(true);
    rmSync(path.join(cache, REPOSITORY, 'snapshots'), { recursive: true });
    rmSync(blob);
  }
});

test('a state that another program downloaded partly is completed', async () => {
  const { hub, cache } = await hubFixture();
  const files = plainFiles();
  const commit = hub.push(ID, files);
  // As Python leaves it after AutoConfig.from_pretrained.
  const repository = path.join(cache, REPOSITORY);
  const blob = gitHash(Buffer.from(files['config.json'] as string));
  for (const folder of ['blobs', 'refs', `snapshots/${commit}`]) {
    mkdirSync(path.join(repository, folder), { recursive: true });
  }
  writeFileSync(path.join(repository, 'blobs', blob), files['config.json'] as string);
  symlinkSync(`../../blobs/${blob}`, path.join(repository, 'snapshots', commit, 'config.json'));
  writeFileSync(path.join(repository, 'refs/main'), commit);
  await expect(resolveModel(ID, { offline: true })).rejects.toThrow(/nor in the cache/);
  await resolveModel(ID);
  expect(hub.contentRequests('config.json')).toEqual([]);
  expect(hub.contentRequests('model.safetensors').length).toBe(1);
});

test('two simultaneous pulls download each file once', async () => {
  const { hub } = await hubFixture();
  hub.push(ID, plainFiles());
  const seen: string[] = [];
  let release = (): void => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  hub.fault = (name) => (name === 'model.safetensors' ? { hold: { after: 1000, until } } : undefined);
  const onDownloadProgress = ({ state }: DownloadProgress): void => {
    seen.push(state);
    if (state === 'waiting') release();
  };
  const [one, two] = await Promise.all([pull(ID, { onDownloadProgress }), pull(ID, { onDownloadProgress })]);
  expect(one).toEqual(two);
  expect(seen).toContain('waiting');
  for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) {
    expect(hub.contentRequests(name).length).toBe(1);
  }
});

test('the lock of a process that has ended does not count', async () => {
  const { hub, cache } = await hubFixture();
  hub.push(ID, plainFiles());
  const lock = path.join(cache, '.locks', REPOSITORY, 'tfjs-reranker.lock');
  mkdirSync(path.dirname(lock), { recursive: true });
  const { hostname } = await import('node:os');
  writeFileSync(lock, JSON.stringify({ pid: 2 ** 30, host: hostname(), token: 'x' }));
  await pull();
  // For a process on another machine, only the missing signs of life show it.
  rmSync(path.join(cache, REPOSITORY, 'snapshots'), { recursive: true });
  writeFileSync(lock, JSON.stringify({ pid: process.pid, host: 'another', token: 'x' }));
  utimesSync(lock, 1000, 1000);
  await pull();
  expect(readdirSync(path.dirname(lock))).toEqual([]);
});

test('an abort ends it; the received part is kept', async () => {
  const { hub } = await hubFixture();
  const { 'model.safetensors': _, ...small } = plainFiles();
  hub.push(ID, plainFiles());
  hub.fault = (name, attempt) =>
    name === 'model.safetensors' && attempt === 1
      ? { hold: { after: 90_000, until: new Promise(() => {}) } }
      : undefined;
  const controller = new AbortController();
  const why = new Error('enough');
  const onDownloadProgress = ({ loadedBytes }: DownloadProgress): void => {
    if (loadedBytes >= 90_000) controller.abort(why);
  };
  await expect(pull(ID, { signal: controller.signal, onDownloadProgress })).rejects.toBe(why);
  await pull();
  expect(startOf(hub.contentRequests('model.safetensors').at(-1))).toBeGreaterThanOrEqual(
    90_000 - Object.values(small).join('').length * 2, // in bytes: no character of theirs has more than two
  );
});

test('the token goes to the hub, never to the host of the files', async () => {
  const { hub } = await hubFixture({ HF_TOKEN: ` ${TOKENS.friend}\n` });
  hub.push(ID, plainFiles());
  hub.restrict(ID, { isPrivate: true, isGated: true });
  await pull();
  const asked = (host: string) => hub.requests.filter((request) => request.host === host);
  expect(asked('cdn').map(({ authorization }) => authorization)).toEqual([undefined]);
  expect(new Set(asked('hub').map(({ authorization }) => authorization))).toEqual(
    new Set([`Bearer ${TOKENS.friend}`]),
  );
});

test('the token from the file of a login is used if HF_TOKEN has none', async () => {
  const { hub, cache } = await hubFixture();
  hub.push(ID, plainFiles());
  hub.restrict(ID, { isPrivate: true });
  mkdirSync(path.dirname(cache), { recursive: true });
  writeFileSync(path.join(cache, '../token'), `${TOKENS.friend}\n`);
  await pull();
});

test.each([
  [
    'private, without a token',
    '',
    { isPrivate: true },
    'not_found',
    /neither a folder nor a model of the hub .* or it is private, and there is no token \(HF_TOKEN/,
  ],
  [
    'private, with a token of others',
    TOKENS.stranger,
    { isPrivate: true },
    'not_found',
    /the token may not see it/,
  ],
  [
    'gated, without a token',
    '',
    { isGated: true },
    'access',
    /is gated\. Accept its terms on http:.*\/owner\/name, create a token there/,
  ],
  [
    'gated, with a token of others',
    TOKENS.stranger,
    { isGated: true },
    'access',
    /is gated, and the token's account may not read it\. Ask for access/,
  ],
  ['with a wrong token', 'hf_wrong', {}, 'access', /does not accept the token .* wrong or has expired/],
] as const)('%s', async (_, token, restriction, reason, message) => {
  const { hub } = await hubFixture({ HF_TOKEN: token });
  hub.push(ID, plainFiles());
  hub.restrict(ID, restriction);
  const error = await failure();
  expect(error.reason).toBe(reason);
  expect(error.message).toMatch(message);
  if (token !== '') expect(error.message + error.stack + JSON.stringify(error)).not.toContain(token);
});

test('missing: a model, a revision', async () => {
  const { hub } = await hubFixture({ HF_TOKEN: TOKENS.friend });
  hub.push(ID, plainFiles());
  expect(await failure('owner/absent')).toMatchObject({ reason: 'not_found' });
  const { reason, message } = await failure(`${ID}@v9`);
  expect(reason).toBe('not_found');
  expect(message).toContain('owner/name has no revision "v9"');
});

test('a hub that fails, is something else, or is unreachable', async () => {
  const { hub } = await hubFixture();
  hub.push(ID, plainFiles());
  hub.overrides.set('/api/', { status: 502 });
  expect((await failure()).message).toContain('fails: status 502');
  hub.overrides.set('/api/', { status: 200, body: '<html>a page to log in</html>' });
  expect((await failure()).message).toContain('not as a hub does');
  hub.overrides.set('/api/', {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: '{"sha": "../../x"}',
  });
  expect((await failure()).message).toContain('not as a hub does');
  hub.overrides.set('/api/', { status: 200, body: `"${'x'.repeat(16e6)}"` });
  expect((await failure()).message).toContain('more than 16 MB, which no hub does');
  hub.overrides.set('/api/', { status: 302, headers: { Location: '/api/again' } });
  expect((await failure()).message).toContain('more than 5 redirects');
  await hub.close();
  const { reason, message } = await failure();
  expect(reason).toBe('unreachable');
  expect(message).toMatch(/127\.0\.0\.1:\d+ cannot be reached: .*Check the network and HF_ENDPOINT/);
});

test('offline: no request, and the message says what to do', async () => {
  const { hub } = await hubFixture({ HF_HUB_OFFLINE: '1' });
  hub.push(ID, plainFiles());
  const error: unknown = await resolveModel(ID).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ reason: 'offline' });
  expect((error as Error).message).toContain('tfjs-reranker pull owner/name@main');
  await resolveModel(ID, { offline: false });
  hub.requests.length = 0;
  await resolveModel(ID, { update: true });
  expect(hub.requests).toEqual([]);
});

test.each([
  [
    'pickled weights alone',
    { 'model.safetensors': null, 'pytorch_model.bin': 'x' },
    /has only pytorch_model\.bin\. A \.bin file is a pickle.*never read here.*\npython3 -c .*save_pretrained.*\n.*owner\/name@refs\/pr\/1/,
  ],
  [
    'no weights',
    { 'model.safetensors': null },
    /neither model\.safetensors nor model\.safetensors\.index\.json: no weights/,
  ],
  ['no tokenizer', { 'tokenizer.json': null }, /neither tokenizer\.json nor sentencepiece\.bpe\.model/],
  ['no config', { 'config.json': null }, /has no config\.json/],
  [
    'an index of what is not there',
    {
      'model.safetensors': null,
      'model.safetensors.index.json': '{"weight_map": {"a": "model-00001-of-00001.safetensors"}}',
    },
    /has no model-00001-of-00001\.safetensors, which its model\.safetensors\.index\.json names/,
  ],
  [
    'an index that leads out',
    {
      'model.safetensors': null,
      'model.safetensors.index.json': '{"weight_map": {"a": "../../x.safetensors"}}',
    },
    /expected the name of a file in the same folder/,
  ],
  [
    'an index of other files',
    { 'model.safetensors': null, 'model.safetensors.index.json': '{"weight_map": {"a": "tokenizer.json"}}' },
    /names "tokenizer\.json" as a shard/,
  ],
])('%s', async (_, change, message) => {
  const { hub, cache } = await hubFixture();
  const files = Object.entries({ ...plainFiles(), ...change }).filter(([, content]) => content !== null);
  hub.push(ID, Object.fromEntries(files) as Record<string, string>);
  const error = await failure();
  expect(error.reason).toBe('unusable');
  expect(error.message).toMatch(message);
  expect(Object.keys(contentsOf(path.dirname(cache))).filter((name) => /snapshots|refs/.test(name))).toEqual(
    [],
  );
  expect(hub.contentRequests('pytorch_model.bin')).toEqual([]);
});

test.each([
  [
    'a config of another family',
    { 'config.json': tinyConfig().replace('xlm-roberta', 'bert') },
    /model_type/,
  ],
  ['a config that is no JSON', { 'config.json': '<html>' }, /owner\/name@main\/config\.json is not JSON/],
  ['a tokenizer of another kind', { 'tokenizer.json': '{"model": {"type": "BPE"}}' }, /model\.type .*"BPE"/],
  [
    'a tokenizer of another model',
    { 'config.json': tinyConfig().replace('"vocab_size":97', '"vocab_size":4') },
    /ids up to 4, config\.json a vocab_size of 4/,
  ],
])('%s is refused before the weights are downloaded', async (_, change, message) => {
  const { hub } = await hubFixture();
  const { 'model.safetensors': weights = '', ...rest } = { ...plainFiles(), ...change } as Record<
    string,
    string
  >;
  const shard = 'model-00001-of-00001.safetensors';
  const index = JSON.stringify({ weight_map: { a: shard } });
  for (const files of [
    { ...rest, 'model.safetensors': weights },
    { ...rest, [shard]: weights, 'model.safetensors.index.json': index },
  ]) {
    hub.push(ID, files);
    const error = await failure();
    expect(error.reason).toBe('unusable');
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/ Its weights were not downloaded\.$/);
    expect(hub.contentRequests('config.json').length).toBe(1); // the second state has the same
    expect(hub.requests.filter(({ path: asked }) => asked.endsWith('.safetensors'))).toEqual([]);
  }
});

test('a hash that looks like a path is refused', async () => {
  const { hub } = await hubFixture();
  hub.push(ID, plainFiles());
  const files = ['config.json', 'tokenizer.json', 'model.safetensors'];
  const tree = files.map((name) => ({ type: 'file', path: name, size: 1, oid: '../../../x' }));
  hub.overrides.set('/tree/', {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(tree),
  });
  // The content stays without a hash, and its size is checked.
  expect(await failure()).toMatchObject({
    reason: 'corrupt',
    message: 'config.json has more than the 1 bytes that the hub announced.',
  });
  expect(Object.keys(cached(readHubEnvironment().cache))).toEqual([]);
});

test('a negative size is refused', async () => {
  const { hub } = await hubFixture();
  hub.push(ID, plainFiles());
  const files = ['config.json', 'tokenizer.json', 'model.safetensors'];
  const tree = files.map((name) => ({ type: 'file', path: name, size: -1, oid: 'a'.repeat(40) }));
  hub.overrides.set('/tree/', {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(tree),
  });
  expect((await failure()).message).toContain('gives no size for config.json');
});
