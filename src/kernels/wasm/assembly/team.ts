import { computeUnit } from './units';

// Words by which threads agree, each in a cache line of its own. The arguments of the kernel follow (units.ts).

/** The number of the current kernel. A thread that has seen it waits for it to change. */
const GENERATION: usize = 64;
/** The next unit that nobody has taken. */
const NEXT: usize = 128;
/** Threads that may be computing, the calling one left out. */
const ACTIVE: usize = 192;
/** Whether a thread had an error. */
const FAILED: usize = 256;
/** How many units the kernel has. */
const UNITS: usize = 320;

/** In `NEXT`: there is no unit to take. Larger than any number of units. */
const CLOSED: i32 = 1 << 30;

/** How often a thread looks again before it sleeps. More would take the processor away from threads that compute. */
const LOOKS: i32 = 2000;

/** What `share` returns. */
const DONE: i32 = 0;
const STALLED: i32 = 1;
const BROKEN: i32 = 2;

/** What `atomic.wait` returns when nobody woke the thread. */
const TIMED_OUT: i32 = 2;

/**
 * Computes all units of the planned kernel together with the threads that are there. Threads may come late, or be missing: then the
 * others take their units.
 *
 * @param stallNs how long to wait for a thread that has taken a unit and does not finish it
 * @returns DONE; STALLED when that time was over; BROKEN when a thread had an error. Then some numbers are missing.
 */
export function share(units: usize, stallNs: i64): i32 {
  store<usize>(UNITS, units);
  atomic.store<i32>(NEXT, 0);
  if (units > 1) {
    atomic.add<i32>(GENERATION, 1);
    atomic.notify(GENERATION);
  }
  computeUnits(0);
  // From here on, a thread that comes late finds nothing to take, and reads no arguments.
  atomic.store<i32>(NEXT, CLOSED);
  for (let look = 0; look < LOOKS && atomic.load<i32>(ACTIVE) != 0; look++) {}
  for (let active = atomic.load<i32>(ACTIVE); active != 0; active = atomic.load<i32>(ACTIVE)) {
    if (<i32>atomic.wait<i32>(ACTIVE, active, stallNs) == TIMED_OUT) {
      return STALLED;
    }
  }
  return atomic.load<i32>(FAILED) == 0 ? DONE : BROKEN;
}

/**
 * What a thread of the team does until it is ended: it waits for kernels and computes units of them.
 *
 * @param thread its number, from 1 on
 */
export function work(thread: usize): void {
  let seen: i32 = 0;
  while (true) {
    let generation = atomic.load<i32>(GENERATION);
    for (let look = 0; look < LOOKS && generation == seen; look++) {
      generation = atomic.load<i32>(GENERATION);
    }
    if (generation == seen) {
      atomic.wait<i32>(GENERATION, seen, -1);
      continue;
    }
    seen = generation;
    atomic.add<i32>(ACTIVE, 1);
    computeUnits(thread);
    leave();
  }
}

/** Says that this thread's work ended with an error. */
export function abandon(): void {
  atomic.store<i32>(FAILED, 1);
  leave();
}

/** Forgets errors and threads that are gone. No thread of the team may be running. */
export function reset(): void {
  atomic.store<i32>(ACTIVE, 0);
  atomic.store<i32>(FAILED, 0);
}

function computeUnits(thread: usize): void {
  for (let unit = atomic.add<i32>(NEXT, 1); <usize>unit < load<usize>(UNITS); unit = atomic.add<i32>(NEXT, 1)) {
    computeUnit(unit, thread);
  }
}

function leave(): void {
  atomic.sub<i32>(ACTIVE, 1);
  atomic.notify(ACTIVE);
}
