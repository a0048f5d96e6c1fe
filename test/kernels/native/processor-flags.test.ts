import { expect, test } from 'vitest';
import { bfloat16Obstacle, obstacleIn } from '../../../dist/kernels/native/processor-flags.js';

// Without these, oneDNN ends the process; observed on an AMD EPYC with AVX2 only.
test.each([
  ['AVX2 only', ['avx', 'avx2', 'fma'], false],
  ['the first AVX-512 of the Xeon Phi', ['avx2', 'avx512f', 'avx512cd', 'avx512er', 'avx512pf'], false],
  ['AVX-512 of servers', ['avx512f', 'avx512bw', 'avx512vl', 'avx512dq'], true],
  ['AVX-NE-CONVERT of newer laptops', ['avx2', 'avx_vnni', 'avx_ne_convert'], true],
])('bfloat16 with %s', (_, flags, works) => {
  expect(obstacleIn(new Set(flags)) === undefined).toBe(works);
});

test('on other systems than x64 Linux, only trying can tell', () => {
  expect(bfloat16Obstacle('linux', 'arm64')).toBeUndefined();
  expect(bfloat16Obstacle('darwin', 'x64')).toBeUndefined();
});
