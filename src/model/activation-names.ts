import type { ModelConfig } from './config/model-config.js';

/** The dimensions, as they are called in shapes and shape comments. */
export type Dimension = 'batch' | 'seq' | 'hidden' | 'heads' | 'intermediate' | 'labels';

const EMBEDDINGS = {
  'embeddings.word_embeddings': ['batch', 'seq', 'hidden'],
  'embeddings.position_embeddings': ['batch', 'seq', 'hidden'],
  'embeddings.token_type_embeddings': ['batch', 'seq', 'hidden'],
  'embeddings.LayerNorm': ['batch', 'seq', 'hidden'],
} as const satisfies Record<string, readonly Dimension[]>;

const LAYER = {
  'attention.self.query': ['batch', 'seq', 'hidden'],
  'attention.self.key': ['batch', 'seq', 'hidden'],
  'attention.self.value': ['batch', 'seq', 'hidden'],
  'attention.self.scores': ['batch', 'heads', 'seq', 'seq'],
  'attention.self.probs': ['batch', 'heads', 'seq', 'seq'],
  'attention.self.context': ['batch', 'seq', 'hidden'],
  'attention.output.dense': ['batch', 'seq', 'hidden'],
  'attention.output.LayerNorm': ['batch', 'seq', 'hidden'],
  'intermediate.dense': ['batch', 'seq', 'intermediate'],
  'intermediate.activation': ['batch', 'seq', 'intermediate'],
  'output.dense': ['batch', 'seq', 'hidden'],
  'output.LayerNorm': ['batch', 'seq', 'hidden'],
} as const satisfies Record<string, readonly Dimension[]>;

const CLASSIFIER = {
  'classifier.dense': ['batch', 'hidden'],
  'classifier.tanh': ['batch', 'hidden'],
  'classifier.out_proj': ['batch', 'labels'],
} as const satisfies Record<string, readonly Dimension[]>;

/** An activation inside one encoder layer, without the layer's path. */
export type LayerActivation = keyof typeof LAYER;

/** The path of one encoder layer; activations and checkpoint tensors share it. */
export type LayerPath = `encoder.layer.${number}`;

/** Every name that can be observed: the closed list. The paths are those of the checkpoint's modules. */
export type ActivationName =
  | keyof typeof EMBEDDINGS
  | `${LayerPath}.${LayerActivation}`
  | keyof typeof CLASSIFIER;

/** One row of the closed list: a name and the dimensions of its shape. */
export interface Activation {
  readonly name: ActivationName;
  readonly dimensions: readonly Dimension[];
}

/**
 * The activations of one layer that have a row (or a query) for each token. Their shape would change if the last layer
 * computed only the first token. Keys and values are not among them: they are computed for every token in any case.
 */
export const ROWS_PER_TOKEN = (Object.keys(LAYER) as LayerActivation[]).filter(
  (name) => name !== 'attention.self.key' && name !== 'attention.self.value',
);

/** All activations of a model with this configuration, in the order in which a forward pass computes them. */
export function listActivations(config: Pick<ModelConfig, 'numHiddenLayers'>): readonly Activation[] {
  const rows = (table: Record<string, readonly Dimension[]>, prefix = ''): Activation[] =>
    Object.entries(table).map(([name, dimensions]) => ({
      name: `${prefix}${name}` as ActivationName,
      dimensions,
    }));
  const layers = Array.from({ length: config.numHiddenLayers }, (_, i) => rows(LAYER, `encoder.layer.${i}.`));
  return [...rows(EMBEDDINGS), ...layers.flat(), ...rows(CLASSIFIER)];
}
