import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bfloat16Obstacle } from '../../dist/kernels/native/processor-flags.js';

const require = createRequire(import.meta.url);
const lib = path.join(path.dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json')), 'lib');

/** Whether the native backend can be expected to start. */
export const NATIVE_IS_BUILT =
  existsSync(lib) && readdirSync(lib).some((napi) => existsSync(path.join(lib, napi, 'tfjs_binding.node')));

/** Why tests of the native backend are skipped if it cannot start. */
export const NATIVE_IS_NOT_BUILT = 'the native binding is not built here: npm run setup:native';

/** Why tests of bfloat16 and int8 are skipped; undefined if they run. */
export const WHY_NO_NARROW_DTYPES = NATIVE_IS_BUILT ? bfloat16Obstacle() : NATIVE_IS_NOT_BUILT;
