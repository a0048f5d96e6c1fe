import { expect, test } from 'vitest';
import { Turns } from '../../dist/process/turns.js';

/** Notes when each work begins, and when whoever asked for it has the answer. */
function watched() {
  const turns = new Turns();
  const events: string[] = [];
  const take = async (line: 'short' | 'long', name: string): Promise<void> => {
    await turns.take(line, async () => void events.push(name));
    events.push(`${name} answered`);
  };
  return { take, events };
}

test('an answer goes out before the next work begins', async () => {
  const { take, events } = watched();
  await Promise.all([take('long', 'a'), take('long', 'b'), take('long', 'c')]);
  expect(events).toEqual(['a', 'a answered', 'b', 'b answered', 'c', 'c answered']);
});

test('what comes in between two works is there before the second', async () => {
  const { take, events } = watched();
  const works = [take('long', 'a'), take('long', 'b')];
  setImmediate(() => works.push(take('short', 'encode'))); // as a message that comes while a is computed
  await Promise.all(works);
  await works[2];
  expect(events.filter((event) => !event.includes(' '))).toEqual(['a', 'encode', 'b']);
});

test('two lines go alternately, however long one of them is', async () => {
  const { take, events } = watched();
  const lines = ['l1', 'l2', 'l3', 's1', 's2'].map((name) => take(name[0] === 'l' ? 'long' : 'short', name));
  await Promise.all(lines);
  expect(events.filter((event) => !event.includes(' '))).toEqual(['s1', 'l1', 's2', 'l2', 'l3']);
});

test('a work that fails fails alone', async () => {
  const turns = new Turns();
  const failing = turns.take('long', () => Promise.reject(new Error('no')));
  const next = turns.take('long', async () => 'yes');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
