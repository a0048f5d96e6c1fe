import facts from './published-scores.json' with { type: 'json' };

/** A pair with the score that others published. */
export type PublishedPair = {
  readonly query: string;
  readonly document: string;
  /** Token ids of the pair from Python's tokenizers; undefined if the model's vocabulary is not available. */
  readonly inputIds: readonly number[] | undefined;
  /** The number format in which they computed. */
  readonly precision: string;
  /** The largest distance allowed for the same weights. float16 alone moves a logit by 4e-3 near 8. */
  readonly tolerance: number;
  readonly source: string;
} & ({ readonly logit: number } | { /** sigmoid(logit) */ readonly score: number });

/** A model with published scores, and the sizes by which it is recognized. */
export interface PublishedModel {
  /** Its name on the hub. */
  readonly name: string;
  readonly vocabSize: number | undefined;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly maxSequenceLength: number;
  readonly pairs: readonly PublishedPair[];
  /** Pairs of one query, scored together: the best of them must be the best here too. */
  readonly rankings: readonly (readonly PublishedPair[])[];
}

/** Allowed distance from another implementation in bfloat16, which rounds in every layer, not only at the end. */
const LOGIT_TOLERANCE = 0.15;
const SCORE_TOLERANCE = 0.03;

/** The content of published-scores.json, where each number has its source. */
export const PUBLISHED_MODELS: readonly PublishedModel[] = facts.models.map((model) => ({
  name: model.name,
  vocabSize: model.vocab_size,
  hiddenSize: model.hidden_size,
  numHiddenLayers: model.num_hidden_layers,
  maxSequenceLength: model.max_sequence_length,
  pairs: model.pairs.map(({ input_ids: inputIds, ...pair }) => ({ ...pair, inputIds })) as PublishedPair[],
  rankings: rankingsOf(model.name, model.vocab_size !== undefined),
}));

type Numbers = Readonly<Record<string, readonly number[]>>;

function rankingsOf(name: string, hasIds: boolean): PublishedPair[][] {
  return facts.rankings.flatMap(({ source, precision, query, documents, ...numbers }) => {
    const [logits, scores] = [(numbers.logits as Numbers)[name], (numbers.scores as Numbers)[name]];
    if (logits === undefined && scores === undefined) {
      return [];
    }
    const pairs = documents.map(({ text, input_ids }, i): PublishedPair => {
      const pair = { query, document: text, inputIds: hasIds ? input_ids : undefined, precision, source };
      const logit = logits?.[i];
      return logit === undefined
        ? { ...pair, score: scores?.[i] as number, tolerance: SCORE_TOLERANCE }
        : { ...pair, logit, tolerance: Math.max(LOGIT_TOLERANCE, 2 * bfloat16Step(logit)) };
    });
    return [pairs];
  });
}

/** The distance between two neighbouring bfloat16 numbers near this value; they have 8 bits. */
export function bfloat16Step(value: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(value))) - 7);
}
