import { WeightFormatError, WeightNotFoundError, WeightShapeError } from '../errors.js';
import { closestNames } from './closest-names.js';
import { type Dtype, isLoadable, LOADABLE_DTYPES } from './dtype.js';
import { quote, quoteShape } from './quote.js';

/** Names shown of each kind in a message; the error's fields have them all. */
const MAX_LISTED = 10;

/**
 * Tensors that a checkpoint of this architecture may have and the model does not read, with the reason. The reference
 * implementation leaves them as well.
 */
export const IGNORED_TENSORS: ReadonlyMap<string, string> = new Map([
  [
    'roberta.embeddings.position_ids',
    'a buffer 0..n-1 that old versions of transformers saved; ids are computed',
  ],
  ['roberta.embeddings.token_type_ids', 'a buffer of zeros that old versions of transformers saved'],
  ['roberta.pooler.dense.weight', 'the sequence classifier has its own dense layer and no pooler'],
  ['roberta.pooler.dense.bias', 'the sequence classifier has its own dense layer and no pooler'],
]);

/** What the audit asks of a tensor in a checkpoint. */
export interface FoundTensor {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  /** Name of the file that it stands in. */
  readonly file: string;
}

/**
 * Checks that a checkpoint has exactly the tensors that a model needs, before the first one is read.
 *
 * @param expected shape of each tensor that the model reads, by name
 * @param found what the checkpoint has, by name
 * @param source what the checkpoint is called in messages, such as its file
 * @throws WeightNotFoundError one error with all that is missing and all that is left over, with close names
 * @throws WeightShapeError if shapes differ: about the first, naming all
 * @throws WeightFormatError if a tensor's dtype cannot be loaded as float32
 */
export function auditTensors(
  expected: ReadonlyMap<string, readonly number[]>,
  found: ReadonlyMap<string, FoundTensor>,
  source = 'The checkpoint',
): void {
  auditNames(expected, found, source);
  auditShapes(expected, found);
  for (const name of expected.keys()) {
    const tensor = found.get(name);
    if (tensor !== undefined && !isLoadable(tensor.dtype)) {
      throw new WeightFormatError(
        `Tensor ${quote(name)} in ${tensor.file} is ${tensor.dtype}; a weight can be ${LOADABLE_DTYPES.join(', ')}. ` +
          'Save the model in one of them.',
        tensor.file,
      );
    }
  }
}

function auditNames(
  expected: ReadonlyMap<string, readonly number[]>,
  found: ReadonlyMap<string, FoundTensor>,
  source: string,
): void {
  const missing = [...expected.keys()].filter((name) => !found.has(name));
  const unexpected = [...found.keys()].filter((name) => !expected.has(name) && !isIgnored(name));
  if (missing.length === 0 && unexpected.length === 0) return;

  const sentences: string[] = [];
  if (missing.length === expected.size) {
    sentences.push(
      `${source} has none of the ${expected.size} tensors that config.json asks for: it is of another model.`,
    );
    sentences.push(
      `Asked for: ${list(missing, 3)}. It has ${found.size === 0 ? 'none at all' : `${found.size}: ${list([...found.keys()], 3)}`}.`,
    );
  } else {
    sentences.push(`${source} does not have exactly the tensors that config.json asks for.`);
    if (missing.length > 0) {
      const withClosest = (name: string) => {
        const close = closestNames(name, unexpected);
        return close.length === 0 ? quote(name) : `${quote(name)} (close: ${close.map(quote).join(', ')})`;
      };
      sentences.push(`Missing (${missing.length}): ${list(missing, MAX_LISTED, withClosest)}.`);
    }
    if (unexpected.length > 0) {
      sentences.push(`Unexpected (${unexpected.length}): ${list(unexpected, MAX_LISTED)}.`);
    }
  }
  throw new WeightNotFoundError(sentences.join(' '), missing, unexpected);
}

/** By either name: some checkpoints leave "roberta." out. */
function isIgnored(name: string): boolean {
  return IGNORED_TENSORS.has(name) || IGNORED_TENSORS.has(`roberta.${name}`);
}

function auditShapes(
  expected: ReadonlyMap<string, readonly number[]>,
  found: ReadonlyMap<string, FoundTensor>,
): void {
  const wrong: { name: string; shape: readonly number[]; tensor: FoundTensor }[] = [];
  for (const [name, shape] of expected) {
    const tensor = found.get(name);
    if (tensor !== undefined && !sameShape(shape, tensor.shape)) wrong.push({ name, shape, tensor });
  }
  const first = wrong[0];
  if (first === undefined) return;
  const others = wrong.slice(1).map(({ name, shape, tensor }) => {
    return `${quote(name)} ${quoteShape(tensor.shape)} instead of ${quoteShape(shape)}`;
  });
  throw new WeightShapeError(
    `Tensor ${quote(first.name)} in ${first.tensor.file} has shape ${quoteShape(first.tensor.shape)}; ` +
      `config.json asks for ${quoteShape(first.shape)}. Checkpoint and config are not of the same model.` +
      (others.length === 0
        ? ''
        : ` Other shapes that differ (${others.length}): ${list(others, MAX_LISTED, String)}.`),
    first.name,
    first.shape,
    first.tensor.shape,
  );
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function list(items: readonly string[], most: number, show: (item: string) => string = quote): string {
  const shown = items.slice(0, most).map(show).join(', ');
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}
