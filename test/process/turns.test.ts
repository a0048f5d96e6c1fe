import { expect, test } from 'vitest';
import { runInTurns, Turns } from '../../dist/process/turns.js';
import type { Steps } from '../../dist/tokenizer/steps.js';

/** Records when each work begins, and when its caller has the answer. */
function watched() {
  const turns = new Turns();
  const events: string[] = [];
  const take = async (name: string): Promise<void> => {
    await turns.take(async () => void events.push(name));
    events.push(`${name} answered`);
  };
  return { take, events };
}

test('an answer is sent before the next work begins', async () => {
  const { take, events } = watched();
  await Promise.all([take('a'), take('b'), take('c')]);
  expect(events).toEqual(['a', 'a answered', 'b', 'b answered', 'c', 'c answered']);
});

test('work in steps takes as many turns as it needs, and others run in between', async () => {
  const turns = new Turns();
  const events: string[] = [];
  function* steps(name: string, count: number): Steps<string> {
    for (let i = 0; i < count; i++) {
      events.push(name);
      yield 10_000; // two of them exceed one turn
    }
    return name;
  }
  const long = runInTurns(turns, steps('long', 6));
  const short = runInTurns(turns, steps('short', 1));
  expect(await Promise.all([long, short])).toEqual(['long', 'short']);
  expect(events).toEqual(['long', 'long', 'short', 'long', 'long', 'long', 'long']);
});

test('an abort ends work in steps between two turns', async () => {
  const controller = new AbortController();
  let done = 0;
  function* steps(): Steps<void> {
    for (;;) {
      done += 1;
      controller.abort(new Error('enough'));
      yield 20_000;
    }
  }
  await expect(runInTurns(new Turns(), steps(), controller.signal)).rejects.toThrow('enough');
  expect(done).toBe(1);
});

test('a failing work does not affect others', async () => {
  const turns = new Turns();
  const failing = turns.take(() => Promise.reject(new Error('no')));
  const next = turns.take(async () => 'yes');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
