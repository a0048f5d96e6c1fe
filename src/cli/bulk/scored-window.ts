import type { Model } from '../../engine/model.js';
import type { ScoreOptions, ScoreProgress } from '../../engine/types.js';
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

/** What was computed for a window. */
export type WindowCost = Pick<ScoreProgress, 'tokens' | 'paddedTokens'>;

/**
 * Scores the rows of a window, sorted by length.
 *
 * @param name of the file, for messages.
 */
export async function scoreWindow(
  model: Model,
  rows: readonly Row[],
  name: string,
  options: ScoreOptions = {},
): Promise<{ readonly window: ScoredWindow; readonly cost: WindowCost }> {
  const good = rows.flatMap(({ input }, index) => (input === undefined ? [] : [{ input, index }]));
  let cost: WindowCost = { tokens: 0, paddedTokens: 0 };
  const scored = await model.score(
    good.map(({ input }) => input),
    {
      ...options,
      onProgress: (progress) => {
        cost = progress;
        options.onProgress?.(progress);
      },
    },
  );
  const answers = new Map(scored.map((answer, i) => [good[i]?.index, answer]));
  const { numLabels } = model.config;
  const logits = new Float32Array(rows.length * numLabels);
  const tokens = new Int32Array(rows.length);
  const cut = new Int32Array(rows.length);
  const bad: BadRow[] = [];
  for (const [index, { number, problem }] of rows.entries()) {
    const answer = answers.get(index);
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
  return { window: { rows: rows.length, logits, tokens, cut, bad }, cost };
}
