import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { writeParquet } from '../../support/parquet-file.js';
import { finish, runCli, startCli } from '../../support/run-cli.js';
import { until } from '../../support/test-server.js';
import { temporaryFolder, tinyModel } from '../../support/tiny-model.js';
import { WIDE } from '../../support/wide.js';

const KILLS = WIDE ? 10 : 1;

const text = (i: number): string => `the end ${'a n '.repeat(i % 7)}${i % 900}`;
const line = (i: number): string => `${JSON.stringify({ id: i, query: 'an in', document: text(i) })}\n`;

/** Whether a log has more than its first line. */
function hasWindow(folder: string): boolean {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.some((file) => file.endsWith('.scores') && statSync(path.join(folder, file)).size > 10_000);
}

/** All files of a folder that are not hidden, by name. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(folder, name), 'base64')]));
}

function makeInput(folder: string, rows: number): string {
  const input = path.join(folder, 'in');
  mkdirSync(input);
  const lines = Array.from({ length: rows }, (_, i) => (i % 1000 === 17 ? `bad ${i}\n` : line(i)));
  writeFileSync(path.join(input, 'a.jsonl'), lines.join(''));
  const texts = Array.from({ length: rows }, (_, i) => (i % 1000 === 5 ? null : text(i)));
  writeParquet(
    path.join(input, 'b.parquet'),
    [
      { name: 'id', data: BigInt64Array.from(texts, (_, i) => 2n ** 62n + BigInt(i)), type: 'INT64' },
      { name: 'query', data: texts.map(() => 'an in'), type: 'STRING' },
      { name: 'document', data: texts, type: 'STRING' },
    ],
    { rowGroupSize: 2000 },
  );
  return input;
}

test(`killed ${KILLS} times and started again, the files have the bytes of a run that nobody disturbed`, async () => {
  const folder = temporaryFolder();
  const input = makeInput(folder, 5000);
  const model = tinyModel();
  const argsFor = (name: string): string[] => [
    ...['score', '--quiet', '--model', model, '--input', input, '--output', path.join(folder, name)],
    ...['--quarantine', path.join(folder, name, 'bad.jsonl')],
  ];
  const startedAt = performance.now();
  expect((await finish(startCli(argsFor('whole')))).code).toBe(2);
  const duration = performance.now() - startedAt;
  const whole = contents(path.join(folder, 'whole'));
  expect(Object.keys(whole)).toEqual(['a.jsonl', 'b.parquet', 'bad.jsonl']);

  let kills = 0;
  let withProgress = 0;
  for (let round = 0; kills < KILLS; round++) {
    const name = `round-${round}`;
    for (let ended = false; !ended; ) {
      const child = startCli(argsFor(name));
      const result = finish(child);
      const stop = new AbortController();
      // The first is killed as soon as it has a window, the others at any time.
      const moment =
        kills === 0
          ? until(() => hasWindow(path.join(folder, name)) || child.exitCode !== null)
          : setTimeout(duration * (0.3 + 0.6 * Math.random()), undefined, { signal: stop.signal });
      await Promise.race([result, moment.catch(() => {})]);
      if (kills < KILLS && child.exitCode === null) {
        child.kill('SIGKILL');
      }
      ended = (await result).code !== null;
      stop.abort();
      if (ended) {
        expect((await result).code).toBe(2);
      } else {
        kills += 1;
        withProgress += hasWindow(path.join(folder, name)) ? 1 : 0;
      }
    }
    expect(contents(path.join(folder, name))).toEqual(whole);
    expect(readdirSync(path.join(folder, name)).filter((file) => /\.(scores|tmp)$/.test(file))).toEqual([]);
  }
  expect(withProgress).toBeGreaterThan(0); // else they were killed before the first window
}, 600_000);

/** Lets every write fail from some byte on, as a full disk does: what fits is written. */
async function withFullDisk<T>(
  bytes: number,
  isFull: (length: number) => boolean,
  run: () => Promise<T>,
): Promise<T> {
  const handle = await open(import.meta.filename);
  const prototype = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  const { appendFile } = prototype;
  let left = bytes;
  const spy = vi.spyOn(prototype, 'appendFile').mockImplementation(async function (
    this: typeof handle,
    data,
    ...rest
  ) {
    const whole = Buffer.from(data as Uint8Array);
    if (isFull(whole.length) && whole.length > left) {
      await appendFile.call(this, whole.subarray(0, left));
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
        code: 'ENOSPC',
        errno: -28,
        syscall: 'write',
      });
    }
    left -= isFull(whole.length) ? whole.length : 0;
    return appendFile.call(this, data, ...rest);
  });
  try {
    return await run();
  } finally {
    spy.mockRestore();
  }
}

test('a full disk loses no window that was written, and says so', async () => {
  const folder = temporaryFolder();
  const input = path.join(folder, 'in.jsonl');
  writeFileSync(input, Array.from({ length: 5000 }, (_, i) => line(i)).join(''));
  const model = tinyModel();
  const argsFor = (name: string): string[] => [
    'score',
    '--model',
    model,
    '--input',
    input,
    '--output',
    path.join(folder, name),
  ];
  expect((await runCli(argsFor('whole.jsonl'))).code).toBe(0);

  // In the log: one window and a half fit.
  const inLog = await withFullDisk(
    40_000,
    () => true,
    () => runCli(argsFor('out.jsonl')),
  );
  expect(inLog.code).toBe(4);
  expect(inLog.stderr).toContain(
    '.out.jsonl.scores cannot be written: The disk is full. Nothing that was scored before is lost',
  );
  // In the output: the log is whole.
  const inOutput = await withFullDisk(
    1000,
    (length) => length > 100_000,
    () => runCli(argsFor('out.jsonl')),
  );
  expect(inOutput.code).toBe(4);
  expect(inOutput.stderr).toContain('.out.jsonl.tmp cannot be written: ENOSPC');
  const last = await runCli(argsFor('out.jsonl'));
  expect(last.code).toBe(0);
  expect(last.stderr).toContain('; 5,000 pairs scored by an earlier run');
  expect(readFileSync(path.join(folder, 'out.jsonl'), 'utf8')).toBe(
    readFileSync(path.join(folder, 'whole.jsonl'), 'utf8'),
  );
});

test('a run that was killed between its last steps is ended; one whose output was removed begins anew', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'in.jsonl'), line(1));
  const output = path.join(folder, 'out.jsonl');
  const args = [
    'score',
    '--model',
    tinyModel(),
    '--input',
    path.join(folder, 'in.jsonl'),
    '--output',
    output,
  ];
  expect((await runCli(args)).code).toBe(0);
  const bytes = readFileSync(output, 'utf8');
  writeFileSync(path.join(folder, '.out.jsonl.tmp'), bytes);
  rmSync(output); // as if the renaming had not come
  expect((await runCli(args)).stderr).toContain('; 1 pair scored by an earlier run');
  expect(readFileSync(output, 'utf8')).toBe(bytes);
  rmSync(output);
  const again = await runCli(args);
  expect(again.stderr).not.toContain('earlier run');
  expect(readFileSync(output, 'utf8')).toBe(bytes);
});

test('a second run is kept away while one writes; the lock of a dead one is not', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'in.jsonl'), line(1));
  const lock = path.join(folder, '.out.jsonl.lock');
  const args = ['--input', path.join(folder, 'in.jsonl'), '--output', path.join(folder, 'out.jsonl')];
  writeFileSync(lock, `${process.ppid} ${hostname()}`);
  const model = tinyModel();
  const refused = await runCli(['score', '--model', model, ...args]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`Process ${process.ppid} on ${hostname()} writes this output.`);
  const dead = startCli(['--version']);
  await finish(dead);
  writeFileSync(lock, `${dead.pid} ${hostname()}`);
  expect((await runCli(['score', '--model', model, ...args])).code).toBe(0);
  expect(existsSync(lock)).toBe(false);
});
