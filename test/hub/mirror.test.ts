import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readHubEnvironment } from '../../dist/hub/environment.js';
import { pullModel } from '../../dist/hub/pull.js';
import type { DownloadProgress } from '../../dist/hub/pull-options.js';
import { resolveModel } from '../../dist/hub/resolve.js';
import { FakeHub, sha256, TOKENS } from '../support/fake-hub.js';
import { hubFixture, plainFiles, tinyFiles } from '../support/hub-fixture.js';
import { runCli } from '../support/run-cli.js';
import { temporaryFolder } from '../support/tiny-model.js';

const ID = 'owner/name';
const WARNING =
  /^http:\/\/127\.0\.0\.1:\d+ gives no hashes for the files of owner\/name@main: only their sizes are checked\.$/;

function pull(seen: DownloadProgress[] = [], revision = 'main') {
  return pullModel({ id: ID, revision }, readHubEnvironment(), {
    retryDelayMs: 1,
    onDownloadProgress: (progress) => seen.push(progress),
  });
}

test('a mirror that does not know expand is asked without it', async () => {
  const { hub } = await hubFixture();
  hub.knowsExpand = false;
  const commit = hub.push(ID, plainFiles());
  await pull();
  expect(
    hub.requests.filter(({ path: asked }) => asked.startsWith('/api/')).map((request) => request.path),
  ).toEqual([`/api/models/${ID}/revision/main`, `/api/models/${ID}/tree/${commit}?recursive=true`]);
});

test.each(['main', 'the commit'])('a mirror with only the names of files, asked for %s', async (asked) => {
  const { hub } = await hubFixture({ HF_TOKEN: TOKENS.friend });
  hub.hasTree = false;
  const files = tinyFiles();
  const commit = hub.push(ID, files);
  const seen: DownloadProgress[] = [];
  const { folder } = await pull(seen, asked === 'main' ? asked : commit);
  for (const name of readdirSync(folder)) {
    expect(readFileSync(path.join(folder, name)).equals(files[name] as Buffer)).toBe(true);
  }
  // The headers of large files have a hash, as the hub gives them; the others are checked by their size.
  expect(seen.filter(({ state }) => state === 'unchecked').length).toBe(1);
  const blobs = readdirSync(path.join(folder, '../../blobs')).map((name) => name.replace(commit, 'COMMIT'));
  expect(blobs.sort()).toEqual(
    [
      sha256(files['model.safetensors'] as Buffer),
      ...['config.json', 'special_tokens_map.json', 'tokenizer.json', 'tokenizer_config.json'].map(
        (name) => `unchecked-COMMIT-${name}`,
      ),
    ].sort(),
  );
  // The host of the files is asked only for contents, and never gets the token.
  const cdn = hub.requests.filter(({ host }) => host === 'cdn');
  expect(cdn.map(({ method, authorization }) => [method, authorization])).toEqual([['GET', undefined]]);
  expect(hub.requests.some(({ path: place }) => place.includes('pytorch_model.bin'))).toBe(false);
});

test('a mirror that leads to an unknown hub: no token for it, and its refusals count as its own', async () => {
  const { hub: mirror } = await hubFixture({ HF_TOKEN: TOKENS.friend });
  const hub = await FakeHub.start();
  onTestFinished(() => hub.close());
  mirror.redirect = hub.endpoint;
  hub.push(ID, plainFiles());
  hub.restrict(ID, { isGated: true });
  const error: unknown = await pull().catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    reason: 'access',
    message: expect.stringContaining(`is gated. Accept its terms on ${hub.endpoint}/${ID}, create a token`),
  });
  expect(new Set(hub.requests.map(({ authorization }) => authorization))).toEqual(new Set([undefined]));
  expect(hub.requests.filter(({ path: asked }) => asked.includes('/resolve/')).length).toBe(1);
});

describe.each(['lfs.oid', 'lfs', 'lfs and oid'] as const)('a mirror that leaves out %s', (hidden) => {
  test('causes one warning, and sizes are checked', async () => {
    const { hub, cache } = await hubFixture();
    hub.hides = hidden;
    const files = tinyFiles();
    const commit = hub.push(ID, files);
    // The part of an earlier attempt cannot be checked, so it is not continued.
    const blobs = path.join(cache, 'models--owner--name/blobs');
    mkdirSync(blobs, { recursive: true });
    for (const name of ['config.json', 'model.safetensors']) {
      writeFileSync(path.join(blobs, `unchecked-${commit}-${name}.partial`), 'x'.repeat(20));
    }
    hub.fault = (name, attempt) =>
      name === 'model.safetensors' && attempt === 1 ? { cutAfter: 30_000 } : undefined;
    const seen: DownloadProgress[] = [];
    const { folder } = await pull(seen);
    expect(seen.filter(({ state }) => state === 'unchecked').map(({ detail }) => detail)).toEqual([
      expect.stringMatching(WARNING),
    ]);
    for (const name of readdirSync(folder)) {
      expect(readFileSync(path.join(folder, name)).equals(files[name] as Buffer)).toBe(true);
    }
    // Within one attempt a broken download continues.
    expect(hub.contentRequests('model.safetensors').map(({ range }) => range)).toEqual([
      undefined,
      expect.stringMatching(/^bytes=\d+-$/),
    ]);
    // Python would consider a list without hashes broken.
    const tree = path.join(cache, 'models--owner--name/trees', `${commit}.json`);
    expect(existsSync(tree)).toBe(hidden !== 'lfs and oid');
    expect((await resolveModel(ID, { offline: true })).folder).toBe(folder);
  });
});

test('--locked refuses a mirror without hashes, until the model is in the cache', async () => {
  const { hub, cache } = await hubFixture();
  const folder = temporaryFolder();
  hub.push(ID, tinyFiles());
  expect((await runCli(['pull', ID, '--lock'], '', folder)).code).toBe(0);
  hub.hides = 'lfs.oid';
  expect((await runCli(['pull', ID, '--locked'], '', folder)).code).toBe(0);
  rmSync(cache, { recursive: true });
  const refused = await runCli(['pull', ID, '--locked'], '', folder);
  expect(refused.code).toBe(4);
  expect(refused.stderr).toMatch(/gives no hashes for .*, and a locked model must be\./);
  expect(hub.contentRequests('model.safetensors').length).toBe(1);
  const warned = await runCli(['pull', ID], '', folder);
  expect(warned.code).toBe(0);
  expect(warned.stderr.match(/Warning: .* gives no hashes/g)?.length).toBe(1);
});
