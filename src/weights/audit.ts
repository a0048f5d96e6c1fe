import { closestNames } from '../errors/closest-names.js';
import { WeightFormatError, WeightNotFoundError, WeightShapeError } from '../errors/errors.js';
import { quote, quoteShape } from '../errors/quote.js';
import { type Dtype, isLoadable, LOADABLE_DTYPES } from './format/dtype.js';
import { nameInFile, namesInFiles } from './names.js';

/** Names shown of each kind in a message; the error's fields have them all. */
const MAX_LISTED = 10;

/**
 * Tensors that a checkpoint of this architecture may have and the model does not read, with the reason. The reference
 * implementation ignores them too.
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

/** The facts about a checkpoint's tensor that the audit needs. */
export interface FoundTensor {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  /** Name of its file. */
  readonly file: string;
}

/** Result of an audit. */
export interface Audit {
  /** The name in the checkpoint for each tensor that the model reads. */
  readonly names: ReadonlyMap<string, string>;
  /** Tensors that are neither read nor known, for example of another head or of layers that config.json does not count. */
  readonly leftovers: readonly string[];
}

/**
 * Checks that a checkpoint has every tensor that a model needs, before the first one is read.
 *
 * @param expected shape of each tensor that the model reads, by its usual name
 * @param found the checkpoint's tensors, by the name in the file
 * @param source the checkpoint's name in messages, such as its file
 * @throws WeightNotFoundError one error with all missing and all unused tensors, with similar names
 * @throws WeightShapeError if shapes differ; it is about the first one and names all
 * @throws WeightFormatError if a tensor's dtype cannot be loaded as float32
 */
export function auditTensors(
  expected: ReadonlyMap<string, readonly number[]>,
  found: ReadonlyMap<string, FoundTensor>,
  source = 'The checkpoint',
): Audit {
  const { names, leftovers } = auditNames(expected, found, source);
  const needed = new Map(
    Array.from(names, ([name, inFile]) => [inFile, expected.get(name) as readonly number[]]),
  );
  auditShapes(needed, found);
  for (const name of needed.keys()) {
    const { dtype, file } = found.get(name) as FoundTensor;
    if (!isLoadable(dtype)) {
      throw new WeightFormatError(
        `Tensor ${quote(name)} in ${file} is ${dtype}; a weight can be ${LOADABLE_DTYPES.join(', ')}. ` +
          'Save the model in one of them.',
        file,
      );
    }
  }
  return { names, leftovers };
}

/** A sentence about leftovers for users; undefined if there are none. */
export function describeLeftovers(leftovers: readonly string[]): string | undefined {
  if (leftovers.length === 0) return undefined;
  return (
    `The checkpoint has ${leftovers.length} tensors that this architecture does not use: ` +
    `${list(leftovers, 3)}. They are not read.`
  );
}

function auditNames(
  expected: ReadonlyMap<string, readonly number[]>,
  found: ReadonlyMap<string, FoundTensor>,
  source: string,
): Audit {
  const names = new Map<string, string>();
  const missing: string[] = [];
  for (const name of expected.keys()) {
    const inFile = nameInFile(name, found);
    if (inFile === undefined) missing.push(name);
    else names.set(name, inFile);
  }
  const read = new Set(names.values());
  const leftovers = [...found.keys()].filter((name) => !read.has(name) && !isIgnored(name));
  if (missing.length > 0) throw describeMissing(missing, leftovers, expected, found, source);
  for (const [name, inFile] of names) {
    const other = namesInFiles(name).find((each) => each !== inFile && found.has(each));
    if (other !== undefined) {
      throw new WeightNotFoundError(
        `${source} has one weight twice, as ${quote(inFile)} and ${quote(other)}. It is not clear which one is meant; ` +
          'remove one of them.',
        [],
        [other],
      );
    }
  }
  return { names, leftovers };
}

function describeMissing(
  missing: readonly string[],
  leftovers: readonly string[],
  expected: ReadonlyMap<string, unknown>,
  found: ReadonlyMap<string, FoundTensor>,
  source: string,
): WeightNotFoundError {
  const sentences: string[] = [];
  const reason = recognize(missing, leftovers);
  if (reason !== undefined) {
    sentences.push(`${source} does not have the tensors that config.json asks for: ${reason}`);
  } else if (missing.length === expected.size) {
    const has = found.size === 0 ? 'none at all' : `${found.size}: ${list([...found.keys()], 3)}`;
    sentences.push(
      `${source} has none of the ${expected.size} tensors that config.json asks for: it belongs to another model.`,
      `Asked for: ${list(missing, 3)}. It has ${has}.`,
    );
  } else {
    const withClosest = (name: string) => {
      const close = closestNames(name, leftovers);
      return close.length === 0 ? quote(name) : `${quote(name)} (close: ${close.map(quote).join(', ')})`;
    };
    sentences.push(
      `${source} does not have all tensors that config.json asks for.`,
      `Missing (${missing.length}): ${list(missing, MAX_LISTED, withClosest)}.`,
    );
    if (leftovers.length > 0) {
      sentences.push(`Not used (${leftovers.length}): ${list(leftovers, MAX_LISTED)}.`);
    }
  }
  return new WeightNotFoundError(sentences.join(' '), missing, leftovers);
}

/** Why tensors are missing and what to do, if the existing names reveal it. */
function recognize(missing: readonly string[], leftovers: readonly string[]): string | undefined {
  const flash = leftovers.find((name) => /\.mixer\.Wqkv\.(weight|bias)$/.test(name));
  if (flash !== undefined) {
    return (
      `${quote(flash)} belongs to code that comes with the model (flash attention), as in jina-reranker-v2. ` +
      'That code is not run here. Take a model that transformers runs by itself, such as BAAI/bge-reranker-v2-m3.'
    );
  }
  const there = new Set(leftovers);
  const prefix = wrapperOf(missing[0] ?? '', leftovers);
  if (
    prefix === undefined ||
    !missing.every((name) => namesInFiles(name).some((each) => there.has(prefix + each)))
  ) {
    return undefined;
  }
  return (
    `all names begin with ${quote(prefix)}, so that what was saved is a wrapper around the model. transformers would ` +
    'fill such a model with random weights. Save the model inside it (for torch.compile that is model._orig_mod) ' +
    'with save_pretrained, or take the prefix off the names.'
  );
}

/** The text before a missing name in the checkpoint, such as `model.`. */
function wrapperOf(name: string, leftovers: readonly string[]): string | undefined {
  for (const each of namesInFiles(name)) {
    const wrapped = leftovers.find((other) => other.endsWith(`.${each}`));
    if (wrapped !== undefined) return wrapped.slice(0, -each.length);
  }
  return undefined;
}

/** Compares both names, because some checkpoints leave "roberta." out. */
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
