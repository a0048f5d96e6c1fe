import { planBatches } from '../../batching/planner.js';
import type { Model } from '../../engine/model.js';
import type { PairLogits, ScoreInput, ScoreOptions } from '../../engine/types.js';
import { isFiniteAnswer, notFinite } from '../../reranker/scores.js';
import type { Row } from './row.js';

/** A row without a score. */
export interface BadRow {
  /** Its place in the window, from 0. */
  readonly index: number;
  readonly row: number;
  readonly reason: string;
}

/** What is known of the rows of a window, in their order. A bad row has zeros. */
export interface ScoredWindow {
  readonly rows: number;
  /** [rows * labels] */
  readonly logits: Float32Array;
  /** [rows] Tokens that the model saw. */
  readonly tokens: Int32Array;
  /** [rows] Tokens of both texts that were cut off. */
  readonly cut: Int32Array;
  readonly bad: readonly BadRow[];
}

/** What a window took. */
export interface WindowCost {
  /** Of pairs that were computed: identical ones once. */
  readonly tokens: number;
  /** The same with padding. */
  readonly paddedTokens: number;
}

/**
 * Scores the rows of a window: sorted by length, identical ones once.
 *
 * @param name of the file, for messages.
 */
export async function scoreWindow(
  model: Model,
  rows: readonly Row[],
  name: string,
  options: ScoreOptions = {},
): Promise<{ readonly window: ScoredWindow; readonly cost: WindowCost }> {
  const places = new Map<string, number>();
  const inputs: ScoreInput[] = [];
  const placeOf = rows.map(({ input }) => {
    if (input === undefined) return undefined;
    const key = keyOf(input);
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, inputs.length);
    return inputs.push(input) - 1;
  });
  const answers = await model.score(inputs, options);
  const { numLabels } = model.config;
  const logits = new Float32Array(rows.length * numLabels);
  const tokens = new Int32Array(rows.length);
  const cut = new Int32Array(rows.length);
  const bad: BadRow[] = [];
  for (const [index, { number, problem }] of rows.entries()) {
    const answer = answers[placeOf[index] ?? -1];
    if (answer === undefined) {
      bad.push({ index, row: number, reason: problem ?? '' });
    } else if (!isFiniteAnswer(answer.logits)) {
      bad.push({ index, row: number, reason: notFinite(`${name} row ${number}`).message });
    } else {
      logits.set(answer.logits, index * numLabels);
      tokens[index] = answer.usage.tokens;
      cut[index] = answer.usage.queryTokensCut + answer.usage.documentTokensCut;
    }
  }
  return { window: { rows: rows.length, logits, tokens, cut, bad }, cost: costOf(answers, model) };
}

/** No two inputs have the same. */
function keyOf(input: ScoreInput): string {
  return typeof input === 'string' ? `:${input}` : `${input.query.length}:${input.query}${input.document}`;
}

function costOf(answers: readonly PairLogits[], { maxBatchTokens }: Model): WindowCost {
  const lengths = answers.map(({ usage }) => usage.tokens);
  const padded = planBatches(lengths, maxBatchTokens).map(
    (batch) => batch.length * Math.max(...batch.map((index) => lengths[index] as number)),
  );
  return { tokens: sum(lengths), paddedTokens: sum(padded) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
