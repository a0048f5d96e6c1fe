import type { Backend } from '../kernels/backend.js';
import type { ModelDtype } from '../kernels/model-dtype.js';
import { UsageError } from './exit-codes.js';

/** What one process of a comparison runs. */
export interface Setup {
  readonly backend: Backend;
  readonly dtype: ModelDtype;
}

const BACKENDS: readonly string[] = ['node', 'webgpu', 'wasm', 'cpu'] satisfies readonly Backend[];
const DTYPES: readonly string[] = ['float32', 'bfloat16', 'int8'] satisfies readonly ModelDtype[];

/** `node,wasm,node:int8`, taken apart. */
export function splitSetups(given: string | undefined): readonly string[] | undefined {
  return given?.split(',').map((setup) => setup.trim());
}

/**
 * Reads setups BACKEND or BACKEND:DTYPE.
 *
 * @param dtype of those that name none, where their backend is node: the others have float32 alone.
 * @throws UsageError for what is none, and for fewer than two.
 */
export function parseSetups(given: readonly string[], dtype: ModelDtype): readonly Setup[] {
  const setups = given.map((setup): Setup => {
    const [backend = '', named] = setup.split(':');
    const chosen = named ?? (backend === 'node' ? dtype : 'float32');
    if (!BACKENDS.includes(backend) || !DTYPES.includes(chosen)) {
      throw new UsageError(
        `--compare has "${setup}"; a setup is BACKEND or BACKEND:DTYPE, with ${BACKENDS.join(', ')} and ${DTYPES.join(', ')}.`,
      );
    }
    return { backend: backend as Backend, dtype: chosen as ModelDtype };
  });
  if (setups.length < 2) {
    throw new UsageError('--compare needs at least two setups, as in --compare node,wasm.');
  }
  return setups;
}
