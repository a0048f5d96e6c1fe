import { ConfigError } from '../../errors/errors.js';
import { quote } from '../../errors/quote.js';
import { FieldReader } from './field-reader.js';
import { readLabels } from './labels.js';
import { readActivationFn } from './score-activation.js';

/** The architecture that this project runs. Other architectures have other layers, another head or another tokenizer. */
const SUPPORTED_ARCHITECTURE = 'XLMRobertaForSequenceClassification';

const PROBLEM_TYPES = ['regression', 'single_label_classification', 'multi_label_classification'] as const;

/** How the logits of a classifier are to be read; absent in most rerankers. */
export type ProblemType = (typeof PROBLEM_TYPES)[number];

/** A validated config.json: sizes are positive integers that fit together. Deeply frozen. */
export interface ModelConfig {
  readonly architecture: typeof SUPPORTED_ARCHITECTURE;
  /** Rows of the word embedding. */
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  /** GELU by erf, in the intermediate layers of the encoder. */
  readonly hiddenAct: 'gelu';
  /** Added to the variance inside the square root; 1e-5 for bge, 1e-12 for others. */
  readonly layerNormEps: number;
  /** Rows of the position embedding; the first padTokenId + 1 rows stand for no position. */
  readonly maxPositionEmbeddings: number;
  readonly typeVocabSize: number;
  readonly padTokenId: number;
  /** Name of each logit, in order. */
  readonly labels: readonly string[];
  /** Number of logits; 1 for a reranker. */
  readonly numLabels: number;
  readonly problemType: ProblemType | undefined;
  /** Import path of the class that sentence-transformers applies to the logits, if config.json names one. */
  readonly activationFn: string | undefined;
  /** hiddenSize / numAttentionHeads. */
  readonly headDim: number;
  /** Longest sequence in tokens, special tokens included. Positions count from padTokenId + 1. */
  readonly maxSequenceLength: number;
}

/** Most float32 parameters that a config may ask for (32 GiB); the largest model of the family has 0.6 billion. */
const MAX_PARAMETERS = 2 ** 33;

/**
 * Defaults of transformers' configuration class for absent fields. That class has defaults for other sizes too, but
 * they are required here: a wrong number of heads would change every score, and no tensor's shape would reveal it.
 */
const DEFAULTS = { layerNormEps: 1e-12, padTokenId: 1, typeVocabSize: 2 } as const;

/** `<s> q </s></s> d </s>` with at least one token of text. */
const MIN_SEQUENCE = 5;

/**
 * Reads a config.json as transformers writes it. Fields without effect on inference (dropouts, torch_dtype, dtype,
 * use_cache and others) are ignored.
 *
 * @param json the parsed file
 * @param source its name, for messages
 * @throws ConfigError one error with everything that is missing, contradictory or unsupported; `field` is the first
 * @see https://github.com/huggingface/transformers/blob/v4.57.1/src/transformers/models/xlm_roberta/configuration_xlm_roberta.py
 */
export function parseModelConfig(json: unknown, source: string): ModelConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ConfigError(`${source} is ${quote(json)}; expected a JSON object, the config.json of a model.`);
  }
  const fields = new FieldReader(json);
  readArchitecture(fields);
  const vocabSize = fields.size('vocab_size', 2 ** 24);
  const hiddenSize = fields.size('hidden_size', 2 ** 16);
  const numHiddenLayers = fields.size('num_hidden_layers', 2 ** 10);
  const numAttentionHeads = fields.size('num_attention_heads', 2 ** 12);
  const intermediateSize = fields.size('intermediate_size', 2 ** 18);
  const maxPositionEmbeddings = fields.size('max_position_embeddings', 2 ** 20);
  const typeVocabSize = fields.size('type_vocab_size', 2 ** 10, DEFAULTS.typeVocabSize);
  const padTokenId = fields.integer('pad_token_id', 0, 2 ** 24, DEFAULTS.padTokenId);
  const layerNormEps = fields.epsilon('layer_norm_eps', DEFAULTS.layerNormEps);
  fields.choice('hidden_act', ['gelu', 'gelu_python'], describeFunction(fields.optional('hidden_act')));
  fields.choice('position_embedding_type', ['absolute']);
  for (const flag of ['is_decoder', 'add_cross_attention', 'is_encoder_decoder']) fields.mustBeOff(flag);
  const problemType = fields.choice('problem_type', PROBLEM_TYPES);
  const labels = readLabels(fields);

  // A wrong size is NaN here. Every comparison with NaN is false, so it causes no second complaint.
  if (hiddenSize % numAttentionHeads > 0) {
    fields.wrong(
      'hidden_size',
      `"hidden_size" ${hiddenSize} is not a multiple of "num_attention_heads" ${numAttentionHeads}`,
    );
  }
  if (padTokenId >= vocabSize) {
    fields.wrong('pad_token_id', `"pad_token_id" ${padTokenId} is not below "vocab_size" ${vocabSize}`);
  }
  const maxSequenceLength = maxPositionEmbeddings - padTokenId - 1;
  if (maxSequenceLength < MIN_SEQUENCE) {
    fields.wrong(
      'max_position_embeddings',
      `"max_position_embeddings" ${maxPositionEmbeddings} leaves ${maxSequenceLength} positions after ` +
        `"pad_token_id" ${padTokenId}; a pair needs at least ${MIN_SEQUENCE}`,
    );
  }
  const rows = vocabSize + maxPositionEmbeddings + typeVocabSize;
  const parameters =
    hiddenSize *
    (rows + numHiddenLayers * (4 * hiddenSize + 2 * intermediateSize) + hiddenSize + labels.length);
  if (parameters > MAX_PARAMETERS) {
    fields.wrong(
      'hidden_size',
      `the sizes make ${parameters} parameters; at most ${MAX_PARAMETERS} are supported`,
    );
  }
  fields.assertFine(source);

  return Object.freeze({
    architecture: SUPPORTED_ARCHITECTURE,
    vocabSize,
    hiddenSize,
    numHiddenLayers,
    numAttentionHeads,
    intermediateSize,
    hiddenAct: 'gelu',
    layerNormEps,
    maxPositionEmbeddings,
    typeVocabSize,
    padTokenId,
    labels: Object.freeze(labels),
    numLabels: labels.length,
    problemType,
    activationFn: readActivationFn(fields),
    headDim: hiddenSize / numAttentionHeads,
    maxSequenceLength,
  });
}

/** The architecture from `architectures`; without it from `model_type`, where transformers would do the same. */
function readArchitecture(fields: FieldReader): void {
  const modelType = fields.choice('model_type', ['xlm-roberta']);
  const value = fields.optional('architectures') ?? (modelType && [SUPPORTED_ARCHITECTURE]);
  if (value === undefined) {
    fields.required('architectures');
  } else if (!Array.isArray(value) || value.length !== 1 || value[0] !== SUPPORTED_ARCHITECTURE) {
    fields.wrong(
      'architectures',
      `"architectures" is ${quote(value)}${describe(value)}; only ["${SUPPORTED_ARCHITECTURE}"] is supported`,
    );
  } else if (modelType === undefined && fields.optional('auto_map') !== undefined) {
    fields.wrong(
      'auto_map',
      '"auto_map" names code that comes with the model, and there is no "model_type" that transformers could run ' +
        'without it, as in jina-reranker-v2. Its weights need that code, which is never run here. ' +
        'Take a model that transformers runs by itself, such as BAAI/bge-reranker-v2-m3',
    );
  }
}

/** Explains which function was asked for, if it can be confused with GELU by erf. */
function describeFunction(name: unknown): string {
  const other = typeof name === 'string' && OTHER_GELUS.find(([names]) => names.test(name))?.[1];
  return ` (GELU by erf)${other ? `. ${quote(name)} is another function, ${other}` : ''}`;
}

const OTHER_GELUS: readonly (readonly [RegExp, string])[] = [
  [/^gelu_(new|fast|accurate|pytorch_tanh|python_tanh)$/, 'GELU by tanh'],
  [/^gelu_10$/, 'GELU cut off at 10'],
  [/^quick_gelu$/, 'x sigmoid(1.702 x)'],
];

/** Explains what another architecture is, by the way in which transformers names its classes. */
function describe(architectures: unknown): string {
  const name: unknown = Array.isArray(architectures) ? architectures[0] : architectures;
  if (typeof name !== 'string' || name === SUPPORTED_ARCHITECTURE) return '';
  if (name.endsWith('ForSequenceClassification')) return ' (a classifier of another family)';
  if (name.endsWith('ForMaskedLM')) return ' (a pretrained language model, no reranker)';
  if (name.endsWith('ForCausalLM')) return ' (a generating language model)';
  if (name.endsWith('Model')) return ' (an encoder without a head, such as an embedding model)';
  return '';
}
