import type { TextPair } from '../../engine/types.js';
import type { Dimension } from '../../model/activation-names.js';
import type { ModelConfig } from '../../model/config/model-config.js';
import type { PlacedToken } from '../../tokenizer/tokenized.js';
import { selectActivations } from './activation-globs.js';
import type { ActivationShape, ShapedPair } from './traced.js';

/**
 * The shapes of a pair's activations, without a forward pass.
 *
 * @throws InputError if a pattern matches nothing.
 */
export function shapesOf(
  { query, document }: TextPair,
  tokens: readonly PlacedToken[],
  names: string | readonly string[],
  config: ModelConfig,
): ShapedPair {
  const sizes: Readonly<Record<Exclude<Dimension, 'batch'>, number>> = {
    seq: tokens.length,
    hidden: config.hiddenSize,
    heads: config.numAttentionHeads,
    intermediate: config.intermediateSize,
    labels: config.numLabels,
  };
  const activations = selectActivations(names, config).map((activation): [string, ActivationShape] => {
    const dimensions = activation.dimensions.filter((word) => word !== 'batch');
    const shape = dimensions.map((word) => sizes[word]);
    return [activation.name, { name: activation.name, dimensions, shape }];
  });
  return { query, document, tokens, activations: new Map(activations) };
}
