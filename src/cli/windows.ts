import type { Line } from './io/lines.js';

/** When a window is full. */
export interface WindowLimits {
  readonly lines: number;
  /** UTF-16 units of all its lines; a single longer line is a window of its own. */
  readonly length: number;
  /** How long a window waits for more. */
  readonly idleMs: number;
}

/** 50 ms: a program that writes one line and waits for the answer gets it, and a fast pipe still fills the window. */
export const IDLE_MS = 50;

/** Lines that are looked at together are no more text than this: memory stays bounded whatever the lines hold. */
export const MAX_WINDOW_LENGTH = 2 ** 22;

const IDLE = Symbol('idle');

/** Gathers lines into windows: full ones, or what there is when nothing came for a while, and at the end the rest. */
export async function* gatherWindows(
  arrivals: AsyncIterable<readonly Line[]>,
  limits: WindowLimits,
): AsyncGenerator<Line[]> {
  const iterator = arrivals[Symbol.asyncIterator]();
  let window: Line[] = [];
  let length = 0;
  let arrival = iterator.next();
  for (;;) {
    const next = window.length === 0 ? await arrival : await orIdle(arrival, limits.idleMs);
    if (next !== IDLE && next.done !== true) {
      for (const line of next.value) {
        if (
          window.length === limits.lines ||
          (window.length > 0 && length + line.text.length > limits.length)
        ) {
          yield window;
          window = [];
          length = 0;
        }
        window.push(line);
        length += line.text.length;
      }
      arrival = iterator.next();
      continue;
    }
    if (window.length > 0) {
      yield window;
      window = [];
      length = 0;
    }
    if (next !== IDLE) {
      return;
    }
  }
}

async function orIdle<T>(promise: Promise<T>, idleMs: number): Promise<T | typeof IDLE> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<typeof IDLE>((resolve) => {
    timer = setTimeout(resolve, idleMs, IDLE);
  });
  try {
    return await Promise.race([promise, idle]);
  } finally {
    clearTimeout(timer);
  }
}
