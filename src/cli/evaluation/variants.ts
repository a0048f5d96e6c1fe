import { BACKENDS, DTYPES } from '../../kernels/names.js';
import { UsageError } from '../exit-codes.js';
import type { RunOptions } from '../options.js';

/** The options of a command with some of them changed. */
export interface Variant {
  /** As it was given. */
  readonly name: string;
  readonly options: RunOptions;
}

type Change = Partial<
  Pick<RunOptions, 'model' | 'backend' | 'dtype' | 'maxLength' | 'truncation' | 'truncationSide'>
>;

/**
 * Reads variants such as `int8` and `wasm+256`: one or more words with `+` between them.
 *
 * @throws UsageError for an empty variant.
 */
export function parseVariants(given: readonly string[], options: RunOptions): Variant[] {
  return given.map((name) => {
    const changes = name.split('+').map((word) => changeOf(word.trim()));
    return { name, options: Object.assign({}, options, ...changes) as RunOptions };
  });
}

/** A backend, dtype, number of tokens, truncation or side says itself which it is; anything else is a model. */
function changeOf(word: string): Change {
  if (word === '') {
    throw new UsageError(
      '--compare has an empty variant; one is a model, backend, dtype, number of tokens, truncation or side, as in int8,wasm+256.',
    );
  }
  const backend = BACKENDS.find((name) => name === word);
  if (backend !== undefined) return { backend };
  const dtype = DTYPES.find((name) => name === word);
  if (dtype !== undefined) return { dtype };
  if (/^[1-9]\d{0,8}$/.test(word)) return { maxLength: Number(word) };
  if (word === 'longest_first' || word === 'only_second') return { truncation: word };
  if (word === 'left' || word === 'right') return { truncationSide: word };
  return { model: word };
}
