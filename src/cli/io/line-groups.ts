import type { Line } from './lines.js';

/** When a group is full. */
export interface GroupLimits {
  readonly lines: number;
  /** UTF-16 units of all its lines; a single longer line is a group of its own. */
  readonly length: number;
  /** How long a group waits for more. */
  readonly idleMs: number;
}

/** 50 ms: a program that writes one line and waits for the answer gets it, and a fast pipe still fills the group. */
export const IDLE_MS = 50;

/** Lines that are looked at together are no more text than this: memory stays bounded whatever the lines hold. */
export const MAX_GROUP_LENGTH = 2 ** 22;

const IDLE = Symbol('idle');

/** Gathers lines into groups: full ones, or what there is when nothing came for a while, and at the end the rest. */
export async function* gatherGroups(
  arrivals: AsyncIterable<readonly Line[]>,
  limits: GroupLimits,
): AsyncGenerator<Line[]> {
  const iterator = arrivals[Symbol.asyncIterator]();
  let group: Line[] = [];
  let length = 0;
  let arrival = iterator.next();
  for (;;) {
    const next = group.length === 0 ? await arrival : await orIdle(arrival, limits.idleMs);
    if (next !== IDLE && next.done !== true) {
      for (const line of next.value) {
        if (
          group.length === limits.lines ||
          (group.length > 0 && length + line.text.length > limits.length)
        ) {
          yield group;
          group = [];
          length = 0;
        }
        group.push(line);
        length += line.text.length;
      }
      arrival = iterator.next();
      continue;
    }
    if (group.length > 0) {
      yield group;
      group = [];
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
