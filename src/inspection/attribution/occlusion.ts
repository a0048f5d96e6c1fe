import type { Model } from '../../engine/model.js';
import { InputError } from '../../errors/errors.js';
import type { LongCallOptions, Replacement } from './attribution-types.js';
import { labelLogits } from './label-logits.js';

/** Which logit is measured, and how tokens are removed. */
export interface OcclusionOptions extends LongCallOptions {
  /** The id that replaces a token; without it tokens are deleted. */
  readonly replacementId: number | undefined;
  readonly label: number;
}

/** The effect of removing tokens on the logit. */
export interface Occlusion {
  readonly logit: number;
  /** `logit` minus the logit without the group, for each group. */
  readonly losses: readonly number[];
}

/** Removes each of these groups of tokens (indices into `inputIds`) on its own; all in shared batches. */
export async function occlude(
  model: Model,
  inputIds: Int32Array,
  groups: readonly (readonly number[])[],
  { replacementId: id, label, ...call }: OcclusionOptions,
): Promise<Occlusion> {
  const sequences = [inputIds, ...groups.map((tokens) => takeOut(inputIds, tokens, id))];
  const [logit, ...without] = (await labelLogits(model, sequences, label, call)) as [number, ...number[]];
  return { logit, losses: without.map((other) => logit - other) };
}

/**
 * The sequence without some of its tokens.
 *
 * @param id replaces each of them; if undefined, they are deleted and the sequence is shorter.
 */
export function takeOut(inputIds: Int32Array, tokens: readonly number[], id: number | undefined): Int32Array {
  const out = new Set(tokens);
  return id === undefined
    ? inputIds.filter((_, i) => !out.has(i))
    : inputIds.map((kept, i) => (out.has(i) ? id : kept));
}

/**
 * The id that replaces a removed word; undefined for `delete`.
 *
 * @throws InputError if the tokenizer has no such token.
 */
export function replacementId(model: Model, replacement: Replacement): number | undefined {
  if (replacement === 'delete') {
    return undefined;
  }
  const name = `<${replacement}>`;
  const { tokens } = model.placeTokens({ query: name, document: '' });
  const written = tokens.filter(({ part }) => part === 'query');
  const [only] = written;
  if (only === undefined || written.length > 1 || only.piece !== name) {
    throw new InputError(`This model's tokenizer has no ${name}: use the replacement "delete".`);
  }
  return only.id;
}
