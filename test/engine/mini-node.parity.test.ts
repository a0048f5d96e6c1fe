import { test } from 'vitest';
import { describeMiniParity } from '../support/mini-suite.js';
import { NATIVE_IS_BUILT, NATIVE_IS_NOT_BUILT } from '../support/native-binding.js';

if (NATIVE_IS_BUILT) {
  describeMiniParity('node', 55);
} else {
  test('mini-en-zh on node, 55 pairs', (context) => context.skip(NATIVE_IS_NOT_BUILT));
}
