import type { OpenModel } from '../../engine/open-model.js';
import type { TextPair } from '../../engine/scorer.js';
import { InputError } from '../../errors/errors.js';
import type { ExplainedPair } from '../../tokenizer/tokenized.js';
import {
  type Attribution,
  type AttributionMethod,
  type AttributionOptions,
  DEFAULT_REPLACEMENT,
  type SegmentedAttribution,
} from './attribution-types.js';
import { type EmbeddingLine, integrateGradients, logitsAtEnds } from './embedding-gradients.js';
import { shareUntilComplete, shareWithSteps } from './integrated-gradients.js';
import { assertLabel } from './label-logits.js';
import { occlude } from './occlusion.js';
import { findSegments, sumSegments, type TokenSegment } from './segments.js';

interface Explained {
  readonly model: OpenModel;
  readonly pair: ExplainedPair;
  readonly segments: readonly TokenSegment[];
  readonly options: AttributionOptions & { readonly label: number };
}

const METHODS: Readonly<
  Record<AttributionMethod, (explained: Explained) => Promise<Omit<Attribution, 'method'>>>
> = {
  integrated_gradients: integratedGradients,
  gradient_x_input: gradientTimesInput,
  occlusion,
};

/**
 * Shares a pair's logit out among its tokens, and those among its words or sentences.
 *
 * @throws InputError for options that cannot be used, or a method that needs a model loaded `differentiable`.
 */
export async function attribute(
  model: OpenModel,
  texts: TextPair,
  options: AttributionOptions = {},
): Promise<SegmentedAttribution> {
  return attributeTokens(model, texts, model.explain(texts), options);
}

/** The same for a pair that was put into tokens otherwise: cut at its beginning, or a window of it. */
export async function attributeTokens(
  model: OpenModel,
  texts: TextPair,
  pair: ExplainedPair,
  options: AttributionOptions = {},
): Promise<SegmentedAttribution> {
  const { method = defaultMethod(model), unit = 'word', label = 0 } = options;
  assertLabel(model, label);
  const segments = findSegments(pair, texts, unit);
  const attribution = await METHODS[method]({ model, pair, segments, options: { ...options, label } });
  return { method, ...attribution, segments: sumSegments(segments, attribution.tokens) };
}

/** The most faithful method that a model can do. */
export function defaultMethod({ differentiable }: OpenModel): AttributionMethod {
  return differentiable ? 'integrated_gradients' : 'occlusion';
}

async function integratedGradients({
  model,
  pair,
  options,
}: Explained): Promise<Omit<Attribution, 'method'>> {
  const { steps, baseline = 'document', label } = options;
  if (steps !== undefined && !(Number.isSafeInteger(steps) && steps > 0)) {
    throw new InputError(`steps is ${steps}; it must be a positive integer.`);
  }
  const { padTokenId } = model.config;
  const isReplaced = (i: number): boolean => {
    const part = pair.tokens[i]?.part;
    return part === baseline || (baseline === 'pair' && part !== 'special');
  };
  const baselineIds = pair.inputIds.map((id, i) => (isReplaced(i) ? padTokenId : id));
  const line: EmbeddingLine = { inputIds: pair.inputIds, baselineIds, label };
  const shares =
    steps === undefined
      ? await shareUntilComplete(model, line, options)
      : await shareWithSteps(model, line, steps, options);
  const { start: baselineLogit, end: logit, tokens } = shares;
  const residual = logit - baselineLogit - tokens.reduce((sum, share) => sum + share, 0);
  return { logit, baselineLogit, residual, steps: shares.steps, tokens };
}

async function gradientTimesInput({ model, pair, options }: Explained): Promise<Omit<Attribution, 'method'>> {
  const line: EmbeddingLine = { inputIds: pair.inputIds, label: options.label };
  const atPair = { points: [1], weights: [1] };
  const [tokens] = (await integrateGradients(model, line, [atPair], options)) as [number[]];
  const { end: logit } = await logitsAtEnds(model, line);
  return { logit, tokens };
}

async function occlusion({
  model,
  pair,
  segments,
  options,
}: Explained): Promise<Omit<Attribution, 'method'>> {
  const { replacement = DEFAULT_REPLACEMENT } = options;
  const groups = segments.map(({ tokens }) => tokens);
  const { logit, losses } = await occlude(model, pair.inputIds, groups, { ...options, replacement });
  return { logit, tokens: spread(pair, segments, losses) };
}

/** What segments have, in equal parts to their tokens; 0 to all others. */
function spread(pair: ExplainedPair, segments: readonly TokenSegment[], values: readonly number[]): number[] {
  const shares = new Array<number>(pair.inputIds.length).fill(0);
  for (const [i, { tokens }] of segments.entries()) {
    for (const token of tokens) {
      shares[token] = (values[i] as number) / tokens.length;
    }
  }
  return shares;
}
