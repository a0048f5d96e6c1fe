import { InputError } from '../../errors/errors.js';
import type { FieldReader } from './field-reader.js';

/** How a score is computed from a logit. */
export type Activation = 'sigmoid' | 'identity';

/** What a caller may ask for: an activation, or the one that the model's config.json names. */
export type ActivationRequest = Activation | 'model';

/** The chosen activation, and a warning if config.json's choice could not be followed. */
export interface ChosenActivation {
  readonly activation: Activation;
  readonly warning?: string;
}

/** PyTorch's import paths of these activations. */
const CLASSES: ReadonlyMap<string, Activation> = new Map([
  ['torch.nn.modules.activation.Sigmoid', 'sigmoid'],
  ['torch.nn.Sigmoid', 'sigmoid'],
  ['torch.nn.modules.linear.Identity', 'identity'],
  ['torch.nn.Identity', 'identity'],
]);

/**
 * The class that sentence-transformers applies to the logits: `sentence_transformers.activation_fn`, or, if that field
 * is absent, `sbert_ce_default_activation_function`, which versions before 4 wrote. A value that is no string counts as
 * absent: few people use this field, and it must not keep a model from loading.
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
 * @param activationFn the class that config.json names. Only known paths are recognized; nothing is imported.
 * @throws InputError for an unknown request.
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
      `The model's config.json names the activation ${JSON.stringify(activationFn)}, which is unknown here and is not ` +
      'imported: scores are the sigmoid of the logits. Known: Sigmoid and Identity of torch.nn.',
  };
}
