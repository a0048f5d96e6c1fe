import { calibratedScore } from '../engine/calibration.js';
import { openModel } from '../engine/open.js';
import type {
  BestWindow,
  ModelInfo,
  ModelOptions,
  PairLogits,
  ScoreInput,
  ScoreOptions,
  ScoringModel,
  TextPair,
  TokenUsage,
} from '../engine/types.js';
import { InputError, type InternalError } from '../errors/errors.js';
import { assertInputs, type RerankDocument, textOf } from './check-inputs.js';
import { isFiniteAnswer, notFinite, rankByLogit, toLabelScores, toScore } from './scores.js';

/** How relevant a document is to a query. */
export interface Relevance {
  /** The model's raw output; order by this. */
  readonly logit: number;
  /** sigmoid(logit), between 0 and 1; with another activation (`info.activation`), its value. */
  readonly relevanceScore: number;
  /** The probability that the document is relevant, if the model was loaded with a `calibration`. */
  readonly calibratedScore?: number;
  readonly usage: TokenUsage;
  /** For a document that was cut into several windows, the one with the largest logit. */
  readonly window?: BestWindow;
}

/** A document's place in a ranking. */
export interface RankedDocument<D extends RerankDocument = RerankDocument> extends Relevance {
  /** Index of the document in the input. */
  readonly index: number;
  /** The document as it was passed; absent with `returnDocuments: false`. */
  readonly document?: D;
}

/** The output of a classifier with several labels for a text or a pair. */
export interface Classification {
  /** The model's raw outputs, in the order of `info.config.labels`. */
  readonly logits: readonly number[];
  /**
   * By label: softmax of the logits. If config.json says multi_label_classification, the sigmoid of each; if it says
   * regression with several labels, the logits themselves. With one label: its relevance score.
   */
  readonly labelScores: Readonly<Record<string, number>>;
  readonly usage: TokenUsage;
}

/** Options of a ranking. */
export interface RankOptions extends ScoreOptions {
  /** Number of best documents to return; default all. */
  readonly topN?: number | undefined;
  /** Leaves out documents with a smaller calibrated score; the model needs a `calibration`. */
  readonly minCalibratedScore?: number | undefined;
  /** Whether each result contains its document; default true. */
  readonly returnDocuments?: boolean | undefined;
}

/** One query with its documents. */
export interface RankRequest<D extends RerankDocument = RerankDocument> {
  readonly query: string;
  readonly documents: readonly D[];
}

/**
 * A cross-encoder: scores how relevant documents are to a query.
 *
 * Calls may overlap: their batches take turns, each call gets its own results. A call made after `dispose`, or still
 * running then, rejects with an InputError.
 */
export class Reranker {
  /** @param model computes the logits; {@link Reranker.load} loads one. */
  constructor(private readonly model: ScoringModel) {}

  /**
   * Loads a model.
   *
   * @param model a folder with config.json, tokenizer.json and model.safetensors, or a name of the Hugging Face hub,
   * `owner/name` or `owner/name@revision`, which is downloaded if it is not in the cache. Default: the embedded model.
   * @throws ConfigError, TokenizationError, WeightNotFoundError, WeightFormatError, WeightShapeError for errors in the
   * folder; HubError for a name of the hub; ModelChangedError if the model differs from the lock file's;
   * BackendUnavailableError; InputError for an option out of range.
   */
  static async load(model?: string, options: ModelOptions = {}): Promise<Reranker> {
    return new Reranker(await openModel(model, options));
  }

  /** The loaded model: configuration, backend, dtype, limits. */
  get info(): ModelInfo {
    return this.model.info;
  }

  /**
   * Scores pairs, or single texts; results are in input order.
   *
   * @throws InputError if an input is neither a string nor a pair of strings, or the model has several labels (use
   * {@link classify}); InternalError for an input without a finite logit, unless `onFailure` is given.
   */
  async score(inputs: readonly ScoreInput[], options: ScoreOptions = {}): Promise<Relevance[]> {
    this.assertOneLabel();
    return (await this.scoreInputs(inputs, options)).map((answer) => toRelevance(answer, this.info));
  }

  /**
   * Returns the logits and scores of all labels for each text or pair, in input order. It also works with one label.
   *
   * A string is read alone, as for classifiers of language, sentiment or toxicity; a pair is read as a pair.
   *
   * @throws InputError if an input is neither a string nor a pair of strings.
   */
  async classify(inputs: readonly ScoreInput[], options: ScoreOptions = {}): Promise<Classification[]> {
    const {
      config: { labels, problemType },
      activation,
    } = this.info;
    return (await this.scoreInputs(inputs, options)).map(({ logits, usage }) => {
      const scores = toLabelScores(logits, problemType, activation);
      return {
        logits,
        labelScores: Object.fromEntries(labels.map((label, i) => [label, scores[i] as number])),
        usage,
      };
    });
  }

  /**
   * Ranks documents for one query, the best first; ties keep their input order.
   *
   * @throws InputError if the query or a document is not a text, or `topN` is not a positive integer.
   */
  async rank<D extends RerankDocument>(
    query: string,
    documents: readonly D[],
    options: RankOptions = {},
  ): Promise<RankedDocument<D>[]> {
    const [ranking] = await this.rankMany([{ query, documents }], options);
    return ranking as RankedDocument<D>[];
  }

  /** Ranks the documents of several queries; all pairs share the batches. Rankings are in the order of the requests. */
  async rankMany<D extends RerankDocument>(
    requests: readonly RankRequest<D>[],
    options: RankOptions = {},
  ): Promise<RankedDocument<D>[][]> {
    const { topN, minCalibratedScore, returnDocuments = true, ...scoreOptions } = options;
    this.assertCalibrated(minCalibratedScore);
    if (topN !== undefined && !(Number.isInteger(topN) && topN > 0)) {
      throw new InputError(`topN is ${topN}; it must be a positive integer.`);
    }
    const placeOf = (request: number, i: number): string =>
      requests.length === 1 ? `documents[${i}]` : `[${request}].documents[${i}]`;
    const pairs = requests.flatMap(({ query, documents }, request): TextPair[] =>
      documents.map((document, i) => ({ query, document: textOf(document, placeOf(request, i)) })),
    );
    this.assertOneLabel();
    assertInputs(pairs);
    const answers = await this.model.score(pairs, scoreOptions);
    const scores = answers.map((answer) => toRelevance(answer, this.info));
    let start = 0;
    return requests.map(({ documents }, request) => {
      const own = scores.slice(start, start + documents.length);
      start += documents.length;
      const bad = own.findIndex(({ logit }) => !Number.isFinite(logit));
      if (bad !== -1) {
        const place = scoreOptions.onFailure === undefined ? placeOf(request, bad) : `documents[${bad}]`;
        fail(notFinite(place), request, scoreOptions);
        return [];
      }
      return rankByLogit(own.map(({ logit }) => logit))
        .filter((index) => (own[index]?.calibratedScore ?? 1) >= (minCalibratedScore ?? 0))
        .slice(0, topN)
        .map((index) => ({
          index,
          ...(own[index] as Relevance),
          ...(returnDocuments ? { document: documents[index] as D } : {}),
        }));
    });
  }

  /** Frees the model. */
  dispose(): void {
    this.model.dispose();
  }

  private async scoreInputs(inputs: readonly ScoreInput[], options: ScoreOptions): Promise<PairLogits[]> {
    assertInputs(inputs);
    const answers = await this.model.score(inputs, options);
    for (const [i, { logits }] of answers.entries()) {
      if (!isFiniteAnswer(logits)) {
        fail(notFinite(`inputs[${i}]`), i, options);
      }
    }
    return answers;
  }

  /** @throws InputError if a smallest calibrated score makes no sense here. */
  private assertCalibrated(minCalibratedScore: number | undefined): void {
    if (minCalibratedScore === undefined) return;
    if (!(minCalibratedScore >= 0 && minCalibratedScore <= 1)) {
      throw new InputError(`minCalibratedScore is ${minCalibratedScore}; it must be from 0 to 1.`);
    }
    if (this.info.calibration === undefined) {
      throw new InputError('minCalibratedScore needs a model that was loaded with a calibration.');
    }
  }

  private assertOneLabel(): void {
    const { labels } = this.info.config;
    if (labels.length !== 1) {
      throw new InputError(
        `This model has ${labels.length} labels (${labels.join(', ')}): it is a classifier and cannot rank. Use classify().`,
      );
    }
  }
}

/** Reports the failure of one input to `onFailure`. @throws the error if there is no `onFailure`. */
function fail(error: InternalError, index: number, { onFailure }: ScoreOptions): void {
  if (onFailure === undefined) {
    throw error;
  }
  onFailure(error, index);
}

function toRelevance({ logits, ...rest }: PairLogits, { activation, calibration }: ModelInfo): Relevance {
  const logit = logits[0] as number;
  return {
    logit,
    relevanceScore: toScore(logit, activation),
    ...(calibration === undefined ? {} : { calibratedScore: calibratedScore(logit, calibration) }),
    ...rest,
  };
}
