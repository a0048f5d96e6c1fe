import { test } from 'vitest';
import { NATIVE_IS_BUILT, NATIVE_IS_NOT_BUILT } from '../support/native-binding.js';
import { describeTinyParity } from '../support/tiny-suite.js';

if (NATIVE_IS_BUILT) {
  describeTinyParity('node');
} else {
  test('tiny model on node', (context) => context.skip(NATIVE_IS_NOT_BUILT));
}
