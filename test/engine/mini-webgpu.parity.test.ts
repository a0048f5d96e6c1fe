import { test } from 'vitest';
import { describeMiniParity } from '../support/mini-suite.js';
import { WEBGPU_HAS_ADAPTER, WEBGPU_HAS_NO_ADAPTER } from '../support/webgpu-adapter.js';

const PAIRS = 4; // a software adapter takes seconds for each

if (WEBGPU_HAS_ADAPTER) {
  describeMiniParity('webgpu', PAIRS);
} else {
  test(`mini-en-zh on webgpu, ${PAIRS} pairs`, (context) => context.skip(WEBGPU_HAS_NO_ADAPTER));
}
