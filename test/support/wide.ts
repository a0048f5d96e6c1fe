/**
 * Whether tests run with more of everything, and those in a browser too: TEST_WIDE=1, as CI's parts `wide`, `pages` and
 * `checkpoint-forms` do. `npm test` does with less, so that it takes three minutes.
 */
export const WIDE = process.env.TEST_WIDE === '1';

/** All items in a wide run; otherwise `count` of them, evenly spread, the first among them. */
export function few<T>(items: readonly T[], count: number): readonly T[] {
  const step = WIDE ? 1 : items.length / count;
  return items.filter((_, i) => Math.floor(i / step) > Math.floor((i - 1) / step));
}

/** What a run without TEST_WIDE leaves out. */
export const LEFT_OUT =
  'tests in Chromium, examples of READMEs in folders, and most of the pairs, odd lines, faults in kernels, kills and ' +
  'forms of a checkpoint that some tests have (TEST_WIDE=1; .ci/run pages wide checkpoint-forms)';
