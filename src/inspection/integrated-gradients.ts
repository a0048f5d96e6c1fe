import type { OpenModel } from '../reranker/open-model.js';
import { type LongCallOptions, MOST_STEPS, SMALL_RESIDUAL } from './attribution-types.js';
import { type EmbeddingLine, integrateGradients, logitsAlong, logitsAtEnds } from './embedding-gradients.js';
import { gaussLegendre, type Quadrature } from './gauss-legendre.js';

/** The logit's difference along a line, shared out among the tokens. */
export interface LineShares {
  /** The logits at the line's ends. */
  readonly start: number;
  readonly end: number;
  /** One for each of the line's `inputIds`. */
  readonly tokens: readonly number[];
  /** The points at which a gradient was computed. */
  readonly steps: number;
}

/** A part of the line, from `from` to `to` of it, with what its points gave. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  /** The logits at its ends. */
  readonly start: number;
  readonly end: number;
  readonly tokens: readonly number[];
  /** `end - start` less the sum of `tokens`: what its points are too few for. */
  readonly residual: number;
}

/** As many as an interval of a smooth function needs, and a batch or two of sequences of usual lengths. */
const POINTS = gaussLegendre(8);
/** Near a baseline of nothing but `<pad>` the logit changes most: LayerNorm makes every direction one of full length. */
const FIRST_CUTS = [0, 0.25, 1];

/** All of the line at once, with so many Gauss-Legendre points. */
export async function shareWithSteps(
  model: OpenModel,
  line: EmbeddingLine,
  steps: number,
  call: LongCallOptions,
): Promise<LineShares> {
  const ends = await logitsAtEnds(model, line);
  return { ...ends, tokens: await integrateGradients(model, line, gaussLegendre(steps), call), steps };
}

/**
 * The line in stretches of eight points: the one that leaves most is halved until all together leave at most 1 % of the
 * logit's difference, or the points are spent. Each stretch has a residual of its own, since a forward pass tells the
 * logits at its ends; so the points go where the logit bends, and few are computed twice.
 */
export async function shareUntilComplete(
  model: OpenModel,
  line: EmbeddingLine,
  { signal, onProgress }: LongCallOptions,
): Promise<LineShares> {
  const { start, end } = await logitsAtEnds(model, line);
  const inner = await logitsAlong(model, line, FIRST_CUTS.slice(1, -1));
  const logits = [start, ...inner, end];
  let steps = 0;
  let planned = (FIRST_CUTS.length - 1) * POINTS.points.length;
  const share = async (from: number, to: number, logits: readonly [number, number]): Promise<Stretch> => {
    const tokens = await integrateGradients(model, line, within(POINTS, from, to), {
      signal,
      onProgress: onProgress && (({ done }) => onProgress({ done: steps + done, total: planned })),
    });
    steps += POINTS.points.length;
    const residual = logits[1] - logits[0] - sumOf(tokens);
    return { from, to, start: logits[0], end: logits[1], tokens, residual };
  };
  const stretches: Stretch[] = [];
  for (let i = 0; i < FIRST_CUTS.length - 1; i++) {
    const [from, to] = FIRST_CUTS.slice(i, i + 2) as [number, number];
    stretches.push(await share(from, to, logits.slice(i, i + 2) as [number, number]));
  }
  const isComplete = (): boolean =>
    sumOf(stretches.map(({ residual }) => Math.abs(residual))) <= SMALL_RESIDUAL * Math.abs(end - start);
  while (!isComplete() && steps + 2 * POINTS.points.length <= MOST_STEPS) {
    planned = steps + 2 * POINTS.points.length;
    stretches.sort((a, b) => Math.abs(a.residual) - Math.abs(b.residual));
    const worst = stretches.pop() as Stretch;
    const middle = (worst.from + worst.to) / 2;
    const [logit] = (await logitsAlong(model, line, [middle])) as [number];
    stretches.push(await share(worst.from, middle, [worst.start, logit]));
    stretches.push(await share(middle, worst.to, [logit, worst.end]));
  }
  const tokens = Array.from(line.inputIds, (_, i) =>
    sumOf(stretches.map((each) => each.tokens[i] as number)),
  );
  return { start, end, tokens, steps };
}

/** A quadrature of [0, 1] brought to a part of it. */
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
