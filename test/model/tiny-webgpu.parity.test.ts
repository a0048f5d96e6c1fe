import { test } from 'vitest';
import { describeTinyParity } from '../support/tiny-suite.js';
import { WEBGPU_HAS_ADAPTER, WEBGPU_HAS_NO_ADAPTER } from '../support/webgpu-adapter.js';

if (WEBGPU_HAS_ADAPTER) {
  describeTinyParity('webgpu');
} else {
  test('tiny model on webgpu', (context) => context.skip(WEBGPU_HAS_NO_ADAPTER));
}
