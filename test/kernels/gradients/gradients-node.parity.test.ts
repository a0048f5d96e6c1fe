import { test } from 'vitest';
import { describeGradients } from '../../support/gradient-suite.js';
import { NATIVE_IS_BUILT, NATIVE_IS_NOT_BUILT } from '../../support/native-binding.js';

if (NATIVE_IS_BUILT) {
  describeGradients('node');
} else {
  test('gradients on node', (context) => context.skip(NATIVE_IS_NOT_BUILT));
}
