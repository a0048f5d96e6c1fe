import type { Model } from '../../engine/model.js';
import { InputError } from '../../errors/errors.js';
import type { LongCallOptions, Replacement } from './attribution-types.js';
import { labelLogits } from './label-logits.js';

/** How tokens are taken out of a sequence, and what is looked at. */
export interface OcclusionOptions extends LongCallOptions {
  /** What comes in the place of a token; without it tokens are deleted. */
  readonly replacementId: number | undefined;
  readonly label: number;
}

/** What the logit loses without some of the tokens. */
export interface Occlusion {
  readonly logit: number;
  /** `logit` less the logit without them, one for each of the groups. */
  readonly losses: readonly number[];
}

/** Takes out each of these groups of tokens (indices into `inputIds`) by itself; all in shared batches. */
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
 * @param id what comes in the place of each; nothing where it is undefined: then the sequence is shorter.
 */
export function takeOut(inputIds: Int32Array, tokens: readonly number[], id: number | undefined): Int32Array {
  const out = new Set(tokens);
  return id === undefined
    ? inputIds.filter((_, i) => !out.has(i))
    : inputIds.map((kept, i) => (out.has(i) ? id : kept));
}

/**
 * The id that stands for a word taken out, or nothing for `delete`.
 *
 * @throws InputError when the tokenizer has no such token.
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
    throw new InputError(`This model's tokenizer has no ${name}: take the replacement "delete".`);
  }
  return only.id;
}
