import { InputError } from '../../errors/errors.js';
import type { FieldReader } from './field-reader.js';

/** What a score is of a logit. */
export type Activation = 'sigmoid' | 'identity';

/** What may be asked for: one of them, or what the model's config.json names. */
export type ActivationRequest = Activation | 'model';

/** A choice, and what is to be said of it. */
export interface ChosenActivation {
  readonly activation: Activation;
  readonly warning?: string;
}

/** The classes that stand for them, by the paths under which PyTorch has them. */
const CLASSES: ReadonlyMap<string, Activation> = new Map([
  ['torch.nn.modules.activation.Sigmoid', 'sigmoid'],
  ['torch.nn.Sigmoid', 'sigmoid'],
  ['torch.nn.modules.linear.Identity', 'identity'],
  ['torch.nn.Identity', 'identity'],
]);

/**
 * The class that sentence-transformers is told to apply to the logits: `sentence_transformers.activation_fn`, and where
 * that field is not there `sbert_ce_default_activation_function`, which versions before 4 wrote. What is no string names
 * none: a field that few ask for keeps no model from loading.
 */
export function readActivationFn(fields: FieldReader): string | undefined {
  const own = fields.optional('sentence_transformers');
  const path =
    typeof own === 'object' && own !== null && Object.hasOwn(own, 'activation_fn')
      ? (own as { readonly activation_fn: unknown }).activation_fn
      : fields.optional('sbert_ce_default_activation_function');
  return typeof path === 'string' ? path : undefined;
}

/**
 * @param activationFn the class that config.json names; it is known by its path or not at all, never imported.
 * @throws InputError for a request that is none.
 */
export function chooseActivation(
  request: ActivationRequest,
  activationFn: string | undefined,
): ChosenActivation {
  if (request === 'sigmoid' || request === 'identity') {
    return { activation: request };
  }
  if (request !== 'model') {
    throw new InputError(
      `activation is ${JSON.stringify(request)}; it must be "sigmoid", "identity" or "model".`,
    );
  }
  const known = activationFn === undefined ? 'sigmoid' : CLASSES.get(activationFn);
  if (known !== undefined) {
    return { activation: known };
  }
  return {
    activation: 'sigmoid',
    warning:
      `The model's config.json names the activation ${JSON.stringify(activationFn)}, which is not known here and never ` +
      'imported: scores are the sigmoid of the logits. Known: Sigmoid and Identity of torch.nn.',
  };
}
