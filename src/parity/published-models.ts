import facts from './published-scores.json' with { type: 'json' };

/** A pair that others scored, with what they published. */
export type PublishedPair = {
  readonly query: string;
  readonly document: string;
  /** Token ids of the pair, by Python's tokenizers; undefined where the model's vocabulary is not at hand. */
  readonly inputIds: readonly number[] | undefined;
  /** What their model computed in. */
  readonly precision: string;
  /** How far from it the same weights may be: float16 alone moves a logit by 4e-3 near 8. */
  readonly tolerance: number;
  readonly source: string;
} & ({ readonly logit: number } | { /** sigmoid(logit) */ readonly score: number });

/** A model that numbers are published of, and the sizes that it is known by. */
export interface PublishedModel {
  /** On the hub. */
  readonly name: string;
  readonly vocabSize: number | undefined;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly maxSequenceLength: number;
  readonly pairs: readonly PublishedPair[];
  /** Pairs of one query, scored together: the best of them must be the best here, too. */
  readonly rankings: readonly (readonly PublishedPair[])[];
}

/** What another implementation in bfloat16 may be off by: its layers round, not its last number alone. */
const LOGIT_TOLERANCE = 0.15;
const SCORE_TOLERANCE = 0.03;

/** published-scores.json, where each number has its source. */
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

/** How far apart two neighbouring bfloat16 numbers are near this one: they have 8 bits. */
export function bfloat16Step(value: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(value))) - 7);
}
