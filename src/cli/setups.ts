import { BACKENDS, type Backend, DTYPES, type ModelDtype } from '../kernels/names.js';
import { UsageError } from './exit-codes.js';

/** A backend and the dtype that it computes in. */
export interface BackendAndDtype {
  readonly backend: Backend;
  readonly dtype: ModelDtype;
}

/** Splits `node,wasm,node:int8`. */
export function splitSetups(given: string | undefined): readonly string[] | undefined {
  return given?.split(',').map((setup) => setup.trim());
}

/**
 * Reads setups BACKEND or BACKEND:DTYPE.
 *
 * @param dtype for setups on node without one; other backends have float32 only.
 * @throws UsageError for anything else, and for fewer than two.
 */
export function parseSetups(given: readonly string[], dtype: ModelDtype): readonly BackendAndDtype[] {
  if (given.length < 2) {
    throw new UsageError('--compare needs at least two setups, as in --compare node,wasm.');
  }
  return given.map((setup) => parseSetup(setup, dtype));
}

/** Reads one setup: `node`, `node:bfloat16`. @throws UsageError for anything else. */
export function parseSetup(given: string, defaultDtype: ModelDtype = 'float32'): BackendAndDtype {
  const [name, type, ...rest] = given.split(':');
  const backend = BACKENDS.find((known) => known === name);
  const dtype = DTYPES.find((known) => known === (type ?? (name === 'node' ? defaultDtype : 'float32')));
  if (backend === undefined || dtype === undefined || rest.length > 0) {
    throw new UsageError(
      `--compare has "${given}"; a setup is BACKEND or BACKEND:DTYPE, with ${BACKENDS.join(', ')} and ${DTYPES.join(', ')}.`,
    );
  }
  return { backend, dtype };
}
