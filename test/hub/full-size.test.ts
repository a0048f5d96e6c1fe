import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hubFixture } from '../support/hub-fixture.js';
import { finish, parseLines, runCli, runProcess, startCli } from '../support/run-cli.js';

const ID = 'owner/base';

/** A folder with a model and its golden.json, as scripts/reference/make_base.py makes it. */
const FOLDER = process.env.FULL_SIZE_MODEL;
/** What xquad-pairs.mjs wrote, and make_golden.py's golden of its first lines. */
const PAIRS = process.env.FULL_SIZE_PAIRS;
const GOLDEN = process.env.FULL_SIZE_GOLDEN;
const NATIVE = (process.env.FULL_SIZE_NATIVE ?? '') !== '';

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
  if (PAIRS !== undefined && GOLDEN !== undefined) {
    await scoreXquad(PAIRS, GOLDEN);
  }
}, 1_800_000);

/** All pairs on node, where it is built, and the first 50 on wasm, beside PyTorch's logits; each in its own process, since one has one engine. */
async function scoreXquad(pairs: string, golden: string): Promise<void> {
  const lines = readFileSync(pairs, 'utf8').trim().split('\n');
  const reference = JSON.parse(readFileSync(golden, 'utf8')) as {
    tolerance: number;
    pairs: { logit: number }[];
  };
  expect(lines.length).toBeGreaterThanOrEqual(50);
  expect(reference.pairs.length).toBeGreaterThanOrEqual(10);
  for (const [backend, count] of NATIVE
    ? ([
        ['node', lines.length],
        ['wasm', 50],
      ] as const)
    : ([['wasm', 50]] as const)) {
    const startedAt = performance.now();
    const run = await runProcess(
      ['score', '--model', ID, '--backend', backend],
      `${lines.slice(0, count).join('\n')}\n`,
    );
    const seconds = (performance.now() - startedAt) / 1000;
    expect(run, run.stderr).toMatchObject({ code: 0 });
    const logits = parseLines(run.stdout).map(({ logit }) => logit as number);
    expect(logits.length).toBe(count);
    const distances = reference.pairs.map(({ logit }, i) => Math.abs(logit - (logits[i] as number)));
    process.stdout.write(
      `${backend}: ${count} pairs of XQuAD in ${seconds.toFixed(0)} s; ${distances.length} of them ` +
        `${Math.max(...distances).toExponential(1)} from PyTorch at most\n`,
    );
    expect(Math.max(...distances)).toBeLessThan(reference.tolerance);
  }
}
