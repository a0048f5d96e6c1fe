import type { Model } from '../../engine/model.js';
import { type LongCallOptions, MOST_STEPS, SMALL_RESIDUAL } from './attribution-types.js';
import { type EmbeddingLine, integrateGradients, logitsAlong, logitsAtEnds } from './embedding-gradients.js';
import { gaussLegendre, type Quadrature } from './gauss-legendre.js';

/** The logit's difference along a line, attributed to the tokens. */
export interface LineShares {
  /** The logits at the line's ends. */
  readonly start: number;
  readonly end: number;
  /** One for each of the line's `inputIds`. */
  readonly tokens: readonly number[];
  /** The points at which a gradient was computed. */
  readonly steps: number;
}

/** The part of the line between `from` and `to`, with the results of its points. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  /** The logits at its ends. */
  readonly start: number;
  readonly end: number;
  readonly tokens: readonly number[];
  /** `end - start` minus the sum of `tokens`: the error from too few points. */
  readonly residual: number;
}

/** Few points, because halving a curved stretch helps more than further points elsewhere. */
const POINTS = gaussLegendre(4);
/** The logit often changes quickly in the first half, most often when half of the embeddings is the document's own. */
const FIRST_CUTS = [0, 0.25, 0.5, 1];

/** The whole line at once, with this many Gauss-Legendre points. */
export async function shareWithSteps(
  model: Model,
  line: EmbeddingLine,
  steps: number,
  call: LongCallOptions,
): Promise<LineShares> {
  const ends = await logitsAtEnds(model, line);
  const [tokens] = (await integrateGradients(model, line, [gaussLegendre(steps)], call)) as [number[]];
  return { ...ends, tokens, steps };
}

/**
 * Divides the line into stretches of four points. The stretch with the largest residual is halved until all together
 * leave at most 1 % of the logit's difference, or the points are used up. A forward pass gives the logits at the ends
 * of each stretch, so each has a residual of its own, and the points go where the logit changes most.
 */
export async function shareUntilComplete(
  model: Model,
  line: EmbeddingLine,
  { signal, onProgress }: LongCallOptions,
): Promise<LineShares> {
  const { start, end } = await logitsAtEnds(model, line);
  let steps = 0;
  /** The stretches between these cuts of the line; the first and last logits are known. */
  const share = async (cuts: readonly number[], first: number, last: number): Promise<Stretch[]> => {
    const logits = [first, ...(await logitsAlong(model, line, cuts.slice(1, -1))), last];
    const parts = cuts.slice(1).map((to, i) => within(POINTS, cuts[i] as number, to));
    const before = steps;
    steps += parts.length * POINTS.points.length;
    const shares = await integrateGradients(model, line, parts, {
      signal,
      onProgress: onProgress && (({ done }) => onProgress({ done: before + done, total: steps })),
    });
    return shares.map((tokens, i) => {
      const [from, to] = cuts.slice(i, i + 2) as [number, number];
      const [start, end] = logits.slice(i, i + 2) as [number, number];
      return { from, to, start, end, tokens, residual: end - start - sumOf(tokens) };
    });
  };
  const stretches = await share(FIRST_CUTS, start, end);
  const isComplete = (): boolean =>
    sumOf(stretches.map(({ residual }) => Math.abs(residual))) <= SMALL_RESIDUAL * Math.abs(end - start);
  while (!isComplete() && steps + 2 * POINTS.points.length <= MOST_STEPS) {
    stretches.sort((a, b) => Math.abs(a.residual) - Math.abs(b.residual));
    const worst = stretches.pop() as Stretch;
    const cuts = [worst.from, (worst.from + worst.to) / 2, worst.to];
    stretches.push(...(await share(cuts, worst.start, worst.end)));
  }
  const tokens = Array.from(line.inputIds, (_, i) =>
    sumOf(stretches.map((each) => each.tokens[i] as number)),
  );
  return { start, end, tokens, steps };
}

/** A quadrature of [0, 1], mapped to a part of it. */
function within({ points, weights }: Quadrature, from: number, to: number): Quadrature {
  const width = to - from;
  return {
    points: points.map((point) => from + width * point),
    weights: weights.map((weight) => width * weight),
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
