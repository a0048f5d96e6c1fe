import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildOnce, finish, runCli, startCli } from '../cli/run-cli.js';
import { hubFixture } from './hub-fixture.js';

beforeAll(buildOnce);

const ID = 'owner/base';

/** A folder with a model and its golden.json, as scripts/reference/make_base.py makes it. */
const FOLDER = process.env.FULL_SIZE_MODEL;

test('a model of full size: pulled, killed in the middle, pulled on, and verified against PyTorch', async (context) => {
  context.skip(FOLDER === undefined, 'FULL_SIZE_MODEL names no folder');
  const folder = FOLDER as string;
  const names = readdirSync(folder).filter((name) =>
    /^(config|token.*|special.*)\.json$|\.safetensors/.test(name),
  );
  const { hub } = await hubFixture();
  hub.push(ID, Object.fromEntries(names.map((name) => [name, readFileSync(path.join(folder, name))])));
  const half = Math.floor(readFileSync(path.join(folder, 'model.safetensors')).length / 2);
  hub.fault = (name, attempt) =>
    name === 'model.safetensors' && attempt === 1
      ? { hold: { after: half, until: new Promise(() => {}) } }
      : undefined;
  const child = startCli(['pull', ID]);
  await hub.until(() => hub.sentBytes >= half);
  child.kill('SIGKILL');
  await finish(child);
  const startedAt = performance.now();
  const { code, stdout } = await runCli(['pull', ID]);
  const seconds = (performance.now() - startedAt) / 1000;
  expect(code).toBe(0);
  expect(hub.contentRequests('model.safetensors').at(-1)?.range).toMatch(/^bytes=\d+-$/);
  process.stdout.write(
    `the second half (${(half / 1e6).toFixed(0)} MB), all hashed: ${seconds.toFixed(1)} s\n`,
  );
  for (const name of names) {
    expect(readFileSync(path.join(stdout.trim(), name)).equals(readFileSync(path.join(folder, name)))).toBe(
      true,
    );
  }
  const verified = await runCli(['verify', '--model', ID, '--golden', path.join(folder, 'golden.json')]);
  process.stdout.write(verified.stdout);
  expect(verified).toMatchObject({ code: 0 });
}, 1_800_000);
