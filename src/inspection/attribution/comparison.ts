import type { Model } from '../../engine/model.js';
import { attribute } from './attribution.js';
import type {
  AttributionOptions,
  Comparison,
  SegmentedAttribution,
  TextSegment,
} from './attribution-types.js';

/**
 * Attributes the difference of two documents' logits to the tokens of both. By `integrated_gradients` all tokens,
 * `baselineDifference` and `residual` sum to `difference`.
 *
 * @throws errors of {@link attribute}.
 */
export async function compare(
  model: Model,
  query: string,
  a: string,
  b: string,
  { onProgress, ...options }: AttributionOptions = {},
): Promise<Comparison> {
  const attributeHalf = (document: string, half: 0 | 1): Promise<SegmentedAttribution> =>
    attribute(
      model,
      { query, document },
      {
        ...options,
        onProgress:
          onProgress && (({ done, total }) => onProgress({ done: half * total + done, total: 2 * total })),
      },
    );
  const ofA = await attributeHalf(a, 0);
  const ofB = negate(await attributeHalf(b, 1));
  const part = (of: SegmentedAttribution, which: TextSegment['part']) =>
    of.segments.filter((segment) => segment.part === which);
  return {
    method: ofA.method,
    logits: { a: ofA.logit, b: -ofB.logit },
    difference: ofA.logit + ofB.logit,
    tokens: { a: ofA.tokens, b: ofB.tokens },
    query: addSegments(part(ofA, 'query'), part(ofB, 'query')),
    a: part(ofA, 'document'),
    b: part(ofB, 'document'),
    ...(ofA.baselineLogit !== undefined &&
      ofB.baselineLogit !== undefined && { baselineDifference: ofA.baselineLogit + ofB.baselineLogit }),
    ...(ofA.residual !== undefined &&
      ofB.residual !== undefined && { residual: ofA.residual + ofB.residual }),
  };
}

function negate({
  logit,
  baselineLogit,
  residual,
  tokens,
  segments,
  ...rest
}: SegmentedAttribution): SegmentedAttribution {
  return {
    ...rest,
    logit: -logit,
    ...(baselineLogit !== undefined && { baselineLogit: -baselineLogit }),
    ...(residual !== undefined && { residual: -residual }),
    tokens: tokens.map((value) => -value),
    segments: segments.map((segment) => ({ ...segment, value: -segment.value })),
  };
}

/** The segments of one text, with equal ones added. They differ if truncation left more of the text on one side. */
function addSegments(a: readonly TextSegment[], b: readonly TextSegment[]): TextSegment[] {
  const sums = new Map<string, TextSegment>();
  for (const segment of [...a, ...b]) {
    const key = `${segment.start}-${segment.end}`;
    sums.set(key, { ...segment, value: segment.value + (sums.get(key)?.value ?? 0) });
  }
  return [...sums.values()].sort((x, y) => x.start - y.start || x.end - y.end);
}
