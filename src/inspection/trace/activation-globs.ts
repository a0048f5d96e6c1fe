import { closestNames } from '../../errors/closest-names.js';
import { InputError } from '../../errors/errors.js';
import { quote } from '../../errors/quote.js';
import { type Activation, listActivations } from '../../model/activation-names.js';
import type { ModelConfig } from '../../model/config/model-config.js';

/** Number of similar names in an error. */
const SHOWN = 3;

/**
 * The activations that match patterns, in the order of the forward pass, each once. `*` matches anything within one
 * part of a name (`encoder.layer.*.attention.self.probs`), `**` any number of parts (`encoder.layer.11.**`).
 *
 * @throws InputError if a pattern matches nothing; the error lists the most similar names.
 */
export function selectActivations(
  globs: string | readonly string[],
  config: Pick<ModelConfig, 'numHiddenLayers'>,
): readonly Activation[] {
  const all = listActivations(config);
  const patterns = [globs].flat().map((glob) => {
    const pattern = toPattern(glob);
    if (!all.some(({ name }) => pattern.test(name))) {
      throw new InputError(describeUnknown(glob, all));
    }
    return pattern;
  });
  return all.filter(({ name }) => patterns.some((pattern) => pattern.test(name)));
}

function toPattern(glob: string): RegExp {
  const source = glob
    .split(/(\*\*|\*)/)
    .map((part) => ({ '**': '.*', '*': '[^.]*' })[part] ?? part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('');
  return new RegExp(`^${source}$`);
}

function describeUnknown(glob: string, all: readonly Activation[]): string {
  // A pattern is compared with patterns, not with the names of single layers.
  const asPattern = (name: string): string => (glob.includes('*') ? name.replace(/\.\d+\./, '.*.') : name);
  const near = closestNames(glob, [...new Set(all.map(({ name }) => asPattern(name)))], SHOWN);
  const layers = all.filter(({ name }) => name.endsWith('.output.dense')).length / 2;
  const hint =
    near.length === 0
      ? 'Names are paths such as "encoder.layer.0.attention.self.probs"; ** matches all of them'
      : `Near: ${near.join(', ')}`;
  return `No activation is called ${quote(glob)} in this model of ${layers} layers. ${hint}.`;
}
