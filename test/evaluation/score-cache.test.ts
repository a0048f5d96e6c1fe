import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ScoreCache } from '../../dist/evaluation/score-cache.js';
import { ROOT } from '../support/run-cli.js';
import { WIDE } from '../support/wide.js';

const root = mkdtempSync(path.join(tmpdir(), 'scores-'));
afterAll(() => rmSync(root, { recursive: true }));

const SOURCE = { model: 'owner/name', weights: 'abc', dtype: 'float32', backend: 'cpu', maxLength: 512 };
const RECORD_BYTES = 24;
const keys = Array.from({ length: 50 }, (_, i) => ScoreCache.keyOf([0, i, 2]));

let folders = 0;
const newFolder = (): string => path.join(root, `cache-${folders++}`);

async function filled(folder: string, count: number): Promise<string> {
  const cache = await ScoreCache.open(folder, SOURCE);
  await cache.add(keys.slice(0, count).map((key, i): [string, number] => [key, i / 4]));
  await cache.close();
  return cache.file;
}

async function read(folder: string, source = SOURCE): Promise<(number | undefined)[]> {
  const cache = await ScoreCache.open(folder, source);
  await cache.close();
  return keys.map((key) => cache.get(key));
}

test('scores come back, and those of another source are not seen', async () => {
  const folder = newFolder();
  await filled(folder, 3);
  expect((await read(folder)).slice(0, 4)).toEqual([0, 0.25, 0.5, undefined]);
  for (const other of [{ weights: 'abd' }, { dtype: 'int8' }, { backend: 'wasm' }, { maxLength: 128 }]) {
    expect((await read(folder, { ...SOURCE, ...other }))[0]).toBeUndefined();
  }
  expect(ScoreCache.keyOf([1, 2])).not.toBe(ScoreCache.keyOf([2, 1]));
});

test('a record that is half written is left out, and what is added after it is found', async () => {
  for (let cut = 1; cut < RECORD_BYTES; cut++) {
    const folder = newFolder();
    const file = await filled(folder, 3);
    truncateSync(file, 3 * RECORD_BYTES - cut);
    expect((await read(folder)).slice(0, 3)).toEqual([0, 0.25, undefined]);
    const cache = await ScoreCache.open(folder, SOURCE);
    await cache.add([[keys[9] as string, 9]]);
    await cache.close();
    const scores = await read(folder);
    expect([scores[1], scores[2], scores[9]]).toEqual([0.25, undefined, 9]);
  }
});

test('a byte that changed costs its record alone', async () => {
  const folder = newFolder();
  const file = await filled(folder, 5);
  const bytes = readFileSync(file);
  for (let at = 2 * RECORD_BYTES; at < 3 * RECORD_BYTES; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(file, changed);
    expect((await read(folder)).slice(0, 5)).toEqual([0, 0.25, undefined, 0.75, 1]);
  }
});

test('a file of something else gives no scores', async () => {
  const folder = newFolder();
  const file = await filled(folder, 0);
  appendFileSync(file, Buffer.alloc(1000));
  expect((await read(folder)).every((score) => score === undefined)).toBe(true);
});

test('two that write at once disturb neither', async () => {
  const folder = newFolder();
  const [a, b] = [await ScoreCache.open(folder, SOURCE), await ScoreCache.open(folder, SOURCE)];
  for (const [i, key] of keys.entries()) await (i % 2 ? a : b).add([[key, i]]);
  await Promise.all([a.close(), b.close()]);
  expect(await read(folder)).toEqual(keys.map((_, i) => i));
});

test('a process that is killed again and again loses nothing that it had written', async () => {
  const folder = newFolder();
  const script = `
    import { ScoreCache } from ${JSON.stringify(path.join(ROOT, 'dist/evaluation/score-cache.js'))};
    const cache = await ScoreCache.open(${JSON.stringify(folder)}, ${JSON.stringify(SOURCE)});
    for (let i = cache.size; ; i++) {
      await cache.add([[ScoreCache.keyOf([i]), i]]);
      process.stdout.write(i + "\\n");
    }`;
  let written = 0;
  for (let kill = 0; kill < (WIDE ? 30 : 4); kill++) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    let output = '';
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (piece) => {
        output += piece;
        if (output.split('\n').length > 20 + kill) child.kill('SIGKILL');
      });
      child.on('close', () => resolve());
    });
    const last = Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1));
    const cache = await ScoreCache.open(folder, SOURCE);
    await cache.close();
    expect(last).toBeGreaterThan(written);
    written = last;
    const missing = Array.from({ length: written + 1 }, (_, i) => i).filter(
      (i) => cache.get(ScoreCache.keyOf([i])) !== i,
    );
    expect(missing).toEqual([]);
  }
});
