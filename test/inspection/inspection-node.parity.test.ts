import { test } from 'vitest';
import { describeInspection } from '../support/inspection-suite.js';
import { NATIVE_IS_BUILT, NATIVE_IS_NOT_BUILT } from '../support/native-binding.js';

if (NATIVE_IS_BUILT) {
  describeInspection('node');
} else {
  test('inspection on node', (context) => context.skip(NATIVE_IS_NOT_BUILT));
}
