import type { Model } from '../../engine/model.js';
import type { TextPair } from '../../engine/types.js';
import { InputError } from '../../errors/errors.js';
import {
  type AttributedTokens,
  type Attribution,
  type AttributionMethod,
  type AttributionOptions,
  DEFAULT_REPLACEMENT,
  type SegmentedAttribution,
  type TokenPart,
} from './attribution-types.js';
import { type EmbeddingLine, integrateGradients, logitsAtEnds } from './embedding-gradients.js';
import { shareUntilComplete, shareWithSteps } from './integrated-gradients.js';
import { assertLabel } from './label-logits.js';
import { occlude, replacementId } from './occlusion.js';
import { findSegments, sumSegments } from './segments.js';

interface Task extends AttributedTokens {
  readonly model: Model;
  readonly options: AttributionOptions & { readonly label: number };
}

const METHODS: Readonly<Record<AttributionMethod, (task: Task) => Promise<Omit<Attribution, 'method'>>>> = {
  integrated_gradients: integratedGradients,
  gradient_x_input: gradientTimesInput,
  occlusion,
};

/**
 * Attributes a pair's logit to its tokens, and sums them by word or sentence.
 *
 * @throws InputError for options that cannot be used, or a method that needs a model loaded `differentiable`.
 */
export async function attribute(
  model: Model,
  texts: TextPair,
  options: AttributionOptions = {},
): Promise<SegmentedAttribution> {
  const placed = model.placeTokens(texts);
  const segments = findSegments(placed, texts, options.unit ?? 'word');
  const attribution = await attributeTokens(
    model,
    {
      inputIds: placed.inputIds,
      parts: placed.tokens.map(({ part }) => part),
      segments: segments.map(({ tokens }) => tokens),
      replacementId: replacementId(model, options.replacement ?? DEFAULT_REPLACEMENT),
    },
    options,
  );
  return { ...attribution, segments: sumSegments(segments, attribution.tokens) };
}

/** The same for token ids; the tokens already contain the choice of `unit` and `replacement`. */
export async function attributeTokens(
  model: Model,
  tokens: AttributedTokens,
  options: AttributionOptions = {},
): Promise<Attribution> {
  const { method = defaultMethod(model), label = 0 } = options;
  assertLabel(model, label);
  return { method, ...(await METHODS[method]({ ...tokens, model, options: { ...options, label } })) };
}

/** The most faithful method that a model supports. */
export function defaultMethod({ differentiable }: Model): AttributionMethod {
  return differentiable ? 'integrated_gradients' : 'occlusion';
}

async function integratedGradients({
  model,
  inputIds,
  parts,
  options,
}: Task): Promise<Omit<Attribution, 'method'>> {
  const { steps, baseline = 'document', label } = options;
  if (steps !== undefined && !(Number.isSafeInteger(steps) && steps > 0)) {
    throw new InputError(`steps is ${steps}; it must be a positive integer.`);
  }
  const { padTokenId } = model.config;
  const isReplaced = (part: TokenPart | undefined): boolean =>
    part === baseline || (baseline === 'pair' && part !== 'special');
  const baselineIds = inputIds.map((id, i) => (isReplaced(parts[i]) ? padTokenId : id));
  const line: EmbeddingLine = { inputIds, baselineIds, label };
  const shares =
    steps === undefined
      ? await shareUntilComplete(model, line, options)
      : await shareWithSteps(model, line, steps, options);
  const { start: baselineLogit, end: logit, tokens } = shares;
  const residual = logit - baselineLogit - tokens.reduce((sum, share) => sum + share, 0);
  return { logit, baselineLogit, residual, steps: shares.steps, tokens };
}

async function gradientTimesInput({ model, inputIds, options }: Task): Promise<Omit<Attribution, 'method'>> {
  const line: EmbeddingLine = { inputIds, label: options.label };
  const atPair = { points: [1], weights: [1] };
  const [tokens] = (await integrateGradients(model, line, [atPair], options)) as [number[]];
  const { end: logit } = await logitsAtEnds(model, line);
  return { logit, tokens };
}

async function occlusion({
  model,
  inputIds,
  segments,
  replacementId,
  options,
}: Task): Promise<Omit<Attribution, 'method'>> {
  const { logit, losses } = await occlude(model, inputIds, segments, { ...options, replacementId });
  // Each token has an equal part of its segment's loss; tokens of no segment have 0.
  const tokens = new Array<number>(inputIds.length).fill(0);
  for (const [i, segment] of segments.entries()) {
    for (const token of segment) {
      tokens[token] = (losses[i] as number) / segment.length;
    }
  }
  return { logit, tokens };
}
