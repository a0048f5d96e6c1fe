import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { HubError } from '../../dist/errors/errors.js';
import { resolveModel } from '../../dist/hub/resolve.js';
import { sha256, TOKENS } from '../support/fake-hub.js';
import { contentsOf, hubFixture, plainFiles, tinyFiles } from '../support/hub-fixture.js';
import { finish, parseLines, runCli, runProcess, startCli } from '../support/run-cli.js';
import { temporaryFolder } from '../support/tiny-model.js';

const ID = 'owner/name';
const REPOSITORY = 'models--owner--name';
const LINE = '{"query": "an", "document": "he in an"}\n';

test('pull prints the folder; --model takes the name wherever it takes a folder', async () => {
  const { hub, cache } = await hubFixture();
  const commit = hub.push(ID, tinyFiles());
  const folder = path.join(cache, REPOSITORY, 'snapshots', commit);
  const pulled = await runCli(['pull', ID]);
  expect(pulled).toMatchObject({ code: 0, stdout: `${folder}\n` });
  expect(pulled.stderr).toContain(`Downloaded ${ID}@main, `);
  expect(pulled.stderr).toContain(`${ID}@${commit}`);
  hub.requests.length = 0;
  const [named, given] = [
    await runCli(['score', '--backend', 'cpu', '--model', ID], LINE),
    await runCli(['score', '--backend', 'cpu', '--model', folder, '--quiet'], LINE),
  ];
  expect(named).toMatchObject({ code: 0, stdout: given.stdout });
  expect(named.stderr).toContain(`${ID}@${commit.slice(0, 8)} on `);
  expect(parseLines(named.stdout).length).toBe(1);
  const args = ['--query', 'an', '--document', 'he', '--model', `${ID}@${commit}`];
  expect((await runCli(['tokenize', ...args])).code).toBe(0);
  expect(hub.requests).toEqual([]);
});

test('a missing model is downloaded first, and only the answer is on stdout', async () => {
  const { hub } = await hubFixture();
  hub.push(ID, tinyFiles());
  const { code, stdout, stderr } = await runCli(['score', '--backend', 'cpu', '--model', ID], LINE);
  expect(code).toBe(0);
  expect(parseLines(stdout).length).toBe(1);
  expect(stderr).toContain(`Downloaded ${ID}@main`);
});

test('killed during a download: no partial file counts as complete, and the next run continues', async () => {
  const { hub, cache } = await hubFixture();
  const files = plainFiles(400_000);
  const commit = hub.push(ID, files);
  hub.fault = (name, attempt) =>
    name === 'model.safetensors' && attempt === 1
      ? { hold: { after: 300_000, until: new Promise(() => {}) } }
      : undefined;
  const child = startCli(['pull', ID]);
  await hub.until(() => hub.sentBytes > 300_000);
  const blobs = path.join(cache, REPOSITORY, 'blobs');
  const partial = (): string => {
    const [name] = readdirSync(blobs).filter((blob) => blob.endsWith('.partial'));
    return path.join(blobs, name as string);
  };
  while (readFileSync(partial()).length < 300_000) await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGKILL');
  await finish(child);
  const left = Object.keys(contentsOf(path.join(cache, REPOSITORY)));
  expect(left.filter((name) => /^(snapshots|refs|trees)/.test(name))).toEqual([]);
  await expect(resolveModel(ID, { offline: true })).rejects.toThrow(HubError);
  const again = await runCli(['pull', ID]);
  expect(again).toMatchObject({ code: 0, stdout: `${path.join(cache, REPOSITORY, 'snapshots', commit)}\n` });
  expect(hub.contentRequests('model.safetensors')[1]?.range).toBe('bytes=300000-');
  expect(
    readFileSync(path.join(again.stdout.trim(), 'model.safetensors')).equals(
      files['model.safetensors'] as Buffer,
    ),
  ).toBe(true);
  expect(readdirSync(blobs).some((name) => name.endsWith('.partial'))).toBe(false);
});

test('two simultaneous processes download each file once', async () => {
  const { hub } = await hubFixture();
  hub.push(ID, plainFiles());
  let release = (): void => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  hub.fault = (name) => (name === 'model.safetensors' ? { hold: { after: 1000, until } } : undefined);
  const first = startCli(['pull', ID]);
  await hub.until(() => hub.contentRequests('model.safetensors').length === 1);
  const second = startCli(['pull', ID]);
  second.stderr.on('data', (text) => String(text).includes('Waiting: process') && release());
  const [one, two] = await Promise.all([finish(first), finish(second)]);
  expect([one.code, two.code]).toEqual([0, 0]);
  expect(two.stdout).toBe(one.stdout);
  expect(two.stderr).toContain(`Waiting: process ${first.pid} downloads ${ID}@main`);
  expect(hub.contentRequests('model.safetensors').length).toBe(1);
});

test('each failure is one message, exit code 4, and never the token', async () => {
  const { hub } = await hubFixture({ HF_TOKEN: TOKENS.stranger });
  hub.push(ID, plainFiles());
  hub.restrict(ID, { isGated: true });
  for (const command of [
    ['pull', ID],
    ['score', '--model', ID],
    ['pull', 'owner/absent', '--verbose'],
  ]) {
    const { code, stdout, stderr } = await runCli(command, LINE);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/gated|nor a model of the hub/);
    expect(stderr).not.toContain(TOKENS.stranger);
  }
  const { code, stderr } = await runCli(['score', '--model', `${ID}@a..b`], LINE);
  expect(code).toBe(2);
  expect(stderr).toContain('the @ must be followed by a branch, a tag or a commit');
});

test('models lists what is in the cache, and removes it', async () => {
  const { hub, cache } = await hubFixture();
  expect(await runCli(['models'])).toEqual({ code: 0, stdout: '', stderr: `No models are in ${cache}.\n` });
  const first = hub.push(ID, tinyFiles(), ['main', 'v1']);
  const plain = hub.push('owner/plain', plainFiles(1_500_000));
  await runCli(['pull', `${ID}@v1`, 'owner/plain']);
  // Models that do not run here are never pulled; other programs put them into the cache.
  writeFileSync(path.join(cache, 'models--owner--plain/snapshots', plain, 'config.json'), '{"a": 1}');
  const second = hub.push(ID, { ...tinyFiles(), 'tokenizer_config.json': '{}' });
  await runCli(['pull', ID]);
  const table = await runCli(['models']);
  expect(table.code).toBe(0);
  expect(table.stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
    ['model', 'revision', 'commit'],
    ...[
      [ID, 'v1', first.slice(0, 8)],
      [ID, 'main', second.slice(0, 8)],
    ].sort(([, , a], [, , b]) => ((a as string) < (b as string) ? -1 : 1)),
    ['owner/plain', 'main', expect.any(String)],
    [''],
  ]);
  expect(table.stdout).toMatch(/owner\/plain +main +\w{8} +1\.5 MB +\d{4}-\d\d-\d\d +other +\//);
  const json = JSON.parse((await runCli(['models', 'list', `${ID}@v1`, '--format', 'json'])).stdout);
  expect(json).toEqual({
    cache,
    models: [
      {
        ...{ id: ID, commit: first, refs: ['v1'], state: 'ready' },
        size_bytes: expect.any(Number),
        last_used: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        folder: path.join(cache, REPOSITORY, 'snapshots', first),
      },
    ],
  });
  const asked = await runCli(['models', 'remove', ID]);
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain('use --yes');
  for (const part of ['', first.slice(0, 6)]) {
    expect(await runCli(['models', 'remove', `${ID}@${part}`, '--yes'])).toMatchObject({
      code: 2,
      stdout: '',
    });
  }
  const byCommit = await runCli(['models', 'list', `${ID}@${first.slice(0, 8)}`, '--format', 'json']);
  expect(JSON.parse(byCommit.stdout).models).toMatchObject([{ commit: first }]);
  const removed = await runCli(['models', 'remove', `${ID}@v1`, '--yes']);
  expect(removed.stdout).toMatch(new RegExp(`^Removed ${ID}@${first}: 0\\.0 MB are free`));
  expect(await runCli(['score', '--backend', 'cpu', '--model', ID, '--quiet'], LINE)).toMatchObject({
    code: 0,
  });
  await runCli(['models', 'remove', ID, 'owner/plain', '--yes']);
  expect(existsSync(path.join(cache, REPOSITORY))).toBe(false);
  expect(Object.keys(contentsOf(cache)).filter((name) => name.startsWith('models'))).toEqual([]);
  expect((await runCli(['models', 'remove', ID, '--yes'])).stderr).toContain(`${ID} is not in ${cache}`);
});

test('--locked compares a model byte for byte, and names the changed file', async () => {
  const { hub } = await hubFixture();
  const folder = temporaryFolder();
  const run = (...args: string[]) => runCli(args, LINE, folder);
  const files = tinyFiles();
  const commit = hub.push(ID, files);
  const score = ['score', '--backend', 'cpu', '--model', ID, '--locked'];
  expect((await run(...score)).stderr).toContain('There is no lock file tfjs-reranker.lock.json');
  expect((await run('pull', ID, '--lock')).code).toBe(0);
  const lock = JSON.parse(readFileSync(path.join(folder, 'tfjs-reranker.lock.json'), 'utf8'));
  expect(lock.models[ID].commit).toBe(commit);
  expect(lock.models[ID].files['model.safetensors']).toBe(sha256(files['model.safetensors'] as Buffer));
  expect(await run(...score)).toMatchObject({ code: 0 });
  lock.models[ID].tensors = { 'classifier.out_proj.bias': `F32 [1] ${'0'.repeat(64)}` }; // older ones have these
  writeFileSync(path.join(folder, 'tfjs-reranker.lock.json'), JSON.stringify(lock));
  expect(await run(...score)).toMatchObject({ code: 0 });

  // The branch moves: the lock stays with its commit until another one is requested.
  const weights = Buffer.from(files['model.safetensors'] as Buffer);
  weights[weights.length - 1] = (weights[weights.length - 1] as number) ^ 1;
  hub.push(ID, { ...files, 'model.safetensors': weights });
  await run('pull', ID);
  const locked = await run(...score);
  expect(locked.code).toBe(0);
  expect(locked.stderr).toContain(`${ID}@${commit.slice(0, 8)} on`);
  expect((await run('score', '--backend', 'cpu', '--model', `${ID}@main`, '--locked')).stderr).toContain(
    `does not have ${ID}@main; it has ${ID}`,
  );

  // The file itself changes, as in an edited cache, or from another hub under the same name.
  const snapshot = (await run('pull', `${ID}@${commit}`)).stdout.trim();
  writeFileSync(path.join(snapshot, 'model.safetensors'), weights);
  for (const command of [score, ['pull', ID, '--locked']]) {
    const changed = await run(...command);
    expect(changed).toMatchObject({ code: 4, stdout: '' });
    expect(changed.stderr).toMatch(/changed: file model\.safetensors\./);
  }
});

test('two simultaneous writers of the lock file are both in it', async () => {
  const { hub } = await hubFixture();
  const folder = temporaryFolder();
  const ids = ['owner/a', 'owner/b', 'owner/c'];
  for (const id of ids) {
    hub.push(id, tinyFiles());
  }
  const runs = await Promise.all(ids.map((id) => runProcess(['pull', id, '--lock'], LINE, folder)));
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
  const lock = JSON.parse(readFileSync(path.join(folder, 'tfjs-reranker.lock.json'), 'utf8'));
  expect(Object.keys(lock.models)).toEqual(ids);
  expect(readdirSync(folder)).toEqual(['tfjs-reranker.lock.json']);
});

test('--locked also checks a folder, relative to the lock file', async () => {
  const folder = temporaryFolder();
  const model = path.join(folder, 'model');
  mkdirSync(model);
  for (const [name, content] of Object.entries(tinyFiles())) {
    if (!name.includes('/')) writeFileSync(path.join(model, name), content);
  }
  const run = (...args: string[]) => runCli(args, LINE, folder);
  const score = ['score', '--backend', 'cpu', '--model', './model', '--locked'];
  expect((await run('pull', 'model', '--lock')).stdout).toBe(`${model}\n`);
  expect(await run(...score)).toMatchObject({ code: 0 });
  writeFileSync(path.join(model, 'tokenizer_config.json'), '{"model_max_length": 20}');
  const changed = await run(...score);
  expect(changed.code).toBe(4);
  expect(changed.stderr).toContain('changed: file tokenizer_config.json.');
  expect((await run('tokenize', '--query', 'q', '--document', 'd', ...score.slice(3))).code).toBe(4);
});
