import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../dist/engine/model.js';
import { openModel } from '../../dist/engine/open.js';
import * as errors from '../../dist/errors/errors.js';
import { answerCalls, Caller } from '../../dist/process/calls.js';
import { fromErrorMessage, toErrorMessage } from '../../dist/process/error-message.js';
import type { Port } from '../../dist/process/port.js';
import { MINI } from '../support/fixtures.js';
import { ROOT } from '../support/run-cli.js';
import { tinyModel } from '../support/tiny-model.js';

const run = promisify(execFile);
const OPTIONS = { backend: 'wasm', maxBatchTokens: 64 } as const;
const pairs = Array.from({ length: 11 }, (_, i) => ({
  query: `capital of ${i}`,
  document: 'Paris 巴黎 is the capital. '.repeat(1 + ((i * 7) % 3)),
}));

describe('two threads', () => {
  let alone: Model;
  let team: Model;
  beforeAll(async () => {
    alone = await openModel(MINI, { ...OPTIONS, threads: 1 });
    team = await openModel(MINI, { ...OPTIONS, threads: 2 });
  });
  afterAll(() => {
    alone?.dispose();
    team?.dispose();
  });

  test('give the same bits as one thread, in input order, also for overlapping calls', async () => {
    const expected = await alone.score(pairs);
    const reversed = [...pairs].reverse();
    const [forwards, backwards] = await Promise.all([team.score(pairs), team.score(reversed)]);
    expect(forwards).toEqual(expected);
    expect(backwards.reverse()).toEqual(expected);
    expect(team.info.backend.description).toContain('2 threads');
    expect(alone.info.backend.description).not.toContain('threads');
  });

  test('all cores are the default', async () => {
    const byDefault = await openModel(tinyModel(), { backend: 'wasm' });
    const cores = availableParallelism();
    expect(byDefault.info.backend.description.includes(`${cores} threads`)).toBe(cores > 1);
    byDefault.dispose();
  });

  test('dispose rejects running and later calls', async () => {
    const model = await openModel(MINI, { ...OPTIONS, threads: 2 });
    const call = model.score(pairs, { onProgress: () => model.dispose() });
    await expect(call).rejects.toThrow(errors.InputError);
    await expect(model.score(pairs)).rejects.toThrow(/disposed/);
    model.dispose();
  });
});

test('backends without threads are refused', async () => {
  await expect(openModel(MINI, { threads: 2, backend: 'node' })).rejects.toThrow(/uses all cores/);
  await expect(openModel(MINI, { threads: 2, backend: 'cpu' })).rejects.toThrow(/has no threads/);
  await expect(openModel(MINI, { threads: 0, backend: 'wasm' })).rejects.toThrow(/positive integer/);
  const bfloat16 = openModel(MINI, { threads: 2, backend: 'wasm', dtype: 'bfloat16' });
  await expect(bfloat16).rejects.toThrow(errors.BackendUnavailableError);
});

test('a process ends by itself with its threads idle, disposed or not', async () => {
  const library = pathToFileURL(path.join(ROOT, 'dist/index.js'));
  const program = (end: string) => `import { Reranker } from '${library}';
    const reranker = await Reranker.load('${tinyModel()}', { backend: 'wasm', threads: 2 });
    const ranking = await reranker.rank('a', ['b', 'c']);
    console.log(ranking.length);
    ${end}`;
  for (const end of ['reranker.dispose();', '', 'process.exit(0);']) {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program(end)]);
    expect(stdout).toBe('2\n');
  }
});

/** Two ends of a line within this thread; what goes over it is cloned. */
function createLine(): { near: Port; far: Port; end: (reason: Error) => void; alive: boolean[] } {
  const listeners: ((message: unknown) => void)[][] = [[], []];
  const ends: ((reason: Error) => void)[] = [];
  const alive: boolean[] = [];
  const side = (own: number): Port => ({
    send: (message) => {
      const copy = structuredClone(message);
      queueMicrotask(() => listeners[1 - own]?.forEach((listener) => void listener(copy)));
    },
    onMessage: (listener) => listeners[own]?.push(listener),
    onEnd: (listener) => ends.push(listener),
    keepAlive: (wanted) => alive.push(wanted),
    close: () => {},
  });
  return {
    near: side(0),
    far: side(1),
    end: (reason) => ends.forEach((listener) => void listener(reason)),
    alive,
  };
}

describe('calls over any line', () => {
  test('results, progress and errors come back; only open calls keep the process alive', async () => {
    const { near, far, alive } = createLine();
    answerCalls(far, {
      double: async (x: number, progress) => {
        progress('half');
        return 2 * x;
      },
    });
    const caller = new Caller(near);
    const seen: unknown[] = [];
    expect(await caller.call('double', 21, (value) => seen.push(value))).toBe(42);
    expect(seen).toEqual(['half']);
    expect(alive).toEqual([false, true, false]);
    await expect(caller.call('halve', 1)).rejects.toThrow('There is no handler for calls of "halve".');
  });

  test('the end of the other side rejects open and later calls with its reason', async () => {
    const { near, far, end } = createLine();
    answerCalls(far, { never: () => new Promise(() => {}) });
    const caller = new Caller(near);
    const open = caller.call('never', undefined);
    end(new errors.InternalError('The process ended by itself (exit code 7).'));
    await expect(open).rejects.toThrow('exit code 7');
    await expect(caller.call('never', undefined)).rejects.toThrow(errors.InternalError);
  });

  test('errors keep their class, code, fields, stack and causes', () => {
    const cause = new TypeError('deep');
    const error = new errors.WeightNotFoundError('lacks', ['a.weight'], [], { cause });
    const copy = fromErrorMessage(structuredClone(toErrorMessage(error)));
    expect(copy).toBeInstanceOf(errors.WeightNotFoundError);
    expect(copy).toMatchObject({
      code: 'weight_not_found',
      missing: ['a.weight'],
      message: 'lacks',
      stack: error.stack,
    });
    expect((copy.cause as Error).message).toBe('deep');
    expect(fromErrorMessage(toErrorMessage('a word')).message).toBe('a word');
  });
});
