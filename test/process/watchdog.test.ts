import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Watchdog } from '../../dist/process/watchdog.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createWatchdog() {
  const onHang = vi.fn();
  const watchdog = new Watchdog(1000, onHang);
  const work = () => {
    let end = (): void => {};
    const watched = watchdog.watch(
      new Promise<void>((resolve) => {
        end = resolve;
      }),
    );
    const finish = (): Promise<void> => {
      end();
      return watched;
    };
    return { finish };
  };
  return { onHang, work };
}

test('a work that never ends is a hang', () => {
  const { onHang, work } = createWatchdog();
  work();
  vi.advanceTimersByTime(1000);
  expect(onHang).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  expect(onHang).toHaveBeenCalledTimes(1);
});

test('any answer is a sign of life, and without work there is no hang', async () => {
  const { onHang, work } = createWatchdog();
  const slow = work();
  for (let i = 0; i < 5; i += 1) {
    const quick = work();
    vi.advanceTimersByTime(900);
    await quick.finish();
  }
  await slow.finish();
  vi.advanceTimersByTime(10_000);
  expect(onHang).not.toHaveBeenCalled();
});

test('a work that fails is an answer too', async () => {
  const onHang = vi.fn();
  const watchdog = new Watchdog(1000, onHang);
  await expect(watchdog.watch(Promise.reject(new Error('no')))).rejects.toThrow('no');
  vi.advanceTimersByTime(10_000);
  expect(onHang).not.toHaveBeenCalled();
});
