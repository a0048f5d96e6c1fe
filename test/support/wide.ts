/**
 * Whether tests run with more of everything, and those in a browser too: TEST_WIDE=1, as CI's parts `wide`, `pages` and
 * `checkpoint-forms` do. `npm test` does with less, so that it takes a few minutes.
 */
export const WIDE = process.env.TEST_WIDE === '1';

/** What a run without TEST_WIDE leaves out. */
export const LEFT_OUT =
  'tests in Chromium, eight of ten odd lines and kills of score, most faults in AssemblyScript, and Inspector and the ' +
  'command line on most forms of a checkpoint ' +
  '(TEST_WIDE=1; .ci/run pages wide checkpoint-forms)';
