import type { ModelConfig } from '../../model/config/model-config.js';
import type { TracedPair } from './traced.js';

/** The direct contributions of one layer to the logit. */
export interface LayerShares {
  /** Of each attention head, [heads]. */
  readonly heads: readonly number[];
  /** Of `attention.output.dense.bias`, which belongs to no head. */
  readonly attentionBias: number;
  /** Of the feed-forward block, including its bias. */
  readonly feedForward: number;
  /** Of the biases of the layer's two LayerNorms. */
  readonly layerNormBias: number;
}

/** A logit as a sum: `embeddings` + all of `layers` + `headBias` + `residual`. */
export interface LogitShares {
  readonly label: number;
  readonly logit: number;
  /** Of the first token's embedding, through the residual stream. */
  readonly embeddings: number;
  readonly layers: readonly LayerShares[];
  /** Of the biases of the classification head. */
  readonly headBias: number;
  /** What the linearised model does not explain. */
  readonly residual: number;
}

/**
 * How tanh is linearised. `secant`: tanh(u) = (tanh(u) / u) u, which is exact at u, so that the residual is only
 * rounding. `gradient`: (1 - tanh(u)^2) u, the slope at u; the curvature of tanh is in the residual.
 */
export type TanhLinearisation = 'secant' | 'gradient';

/** The patterns of the activations that {@link shareLogit} reads. */
export const SHARED_ACTIVATIONS = [
  'embeddings.LayerNorm',
  'encoder.layer.*.attention.self.context',
  'encoder.layer.*.attention.output.dense',
  'encoder.layer.*.attention.output.LayerNorm',
  'encoder.layer.*.output.dense',
  'encoder.layer.*.output.LayerNorm',
  'classifier.dense',
];

/** The checkpoint's tensors that {@link shareLogit} reads. */
export function sharedWeights({ numHiddenLayers }: Pick<ModelConfig, 'numHiddenLayers'>): string[] {
  const parameters = (module: string): string[] => [`${module}.weight`, `${module}.bias`];
  const layers = Array.from({ length: numHiddenLayers }, (_, i) => `roberta.encoder.layer.${i}`);
  return [
    ...layers.flatMap((layer) =>
      ['attention.output.dense', 'attention.output.LayerNorm', 'output.LayerNorm'].flatMap((module) =>
        parameters(`${layer}.${module}`),
      ),
    ),
    ...parameters('classifier.dense'),
    ...parameters('classifier.out_proj'),
  ];
}

/**
 * Direct logit attribution: a logit as the sum of the contributions that each part adds to the first token's residual
 * stream.
 * Between the parts and the logit are LayerNorms, one after every sum (post-LN), and the head, dense -> tanh ->
 * out_proj. The sums, the dense layers, and LayerNorm's centring, weight and bias are linear. The rest is linearised at
 * this pair's values: each LayerNorm's deviation sqrt(Var + eps) is constant, and tanh is a factor per unit
 * ({@link TanhLinearisation}). The head's row of factors is then carried back through the LayerNorms and multiplied
 * with each part's output. Attention patterns are constants, and the streams of other tokens are not followed: the
 * effect of an early layer on other tokens is in the share of the head that read it. Each LayerNorm scales down what
 * came before it, so that the direct shares of early layers are close to 0 in a post-LN model.
 * it, so that the direct shares of early layers are close to 0 in a post-LN model.
 *
 * Source: Elhage et al. 2021, A Mathematical Framework for Transformer Circuits (direct path terms),
 * https://transformer-circuits.pub/2021/framework; here through post-LN.
 *
 * @param traced a pair whose {@link SHARED_ACTIVATIONS} were traced.
 * @param weights those of {@link sharedWeights}, by name, in the checkpoint's layout ([out, in]).
 * @returns float64 sums; `residual` is the logit minus all shares.
 */
export function shareLogit(
  traced: Pick<TracedPair, 'activations' | 'logits'>,
  weights: ReadonlyMap<string, Float32Array>,
  config: ModelConfig,
  { label = 0, tanh = 'secant' }: { readonly label?: number; readonly tanh?: TanhLinearisation } = {},
): LogitShares {
  const { hiddenSize, numHiddenLayers, numAttentionHeads, headDim } = config;
  const row = (name: string): Float32Array =>
    (traced.activations.get(name) as { data: Float32Array }).data.subarray(0, hiddenSize);
  const weight = (name: string): Float32Array => weights.get(name) as Float32Array;

  const outProj = weight('classifier.out_proj.weight').subarray(label * hiddenSize, (label + 1) * hiddenSize);
  const factors = Float64Array.from(
    row('classifier.dense'),
    (u, i) => slope(u, tanh) * (outProj[i] as number),
  );
  const headBias =
    (weight('classifier.out_proj.bias')[label] as number) + dot(factors, weight('classifier.dense.bias'));
  let direction = timesRows(factors, weight('classifier.dense.weight'));

  const layers: LayerShares[] = [];
  for (let layer = numHiddenLayers - 1; layer >= 0; layer--) {
    const path = `encoder.layer.${layer}`;
    const before = row(layer === 0 ? 'embeddings.LayerNorm' : `encoder.layer.${layer - 1}.output.LayerNorm`);
    /** Back through LayerNorm(a + b): returns the share of its bias, and turns the direction into that of the sum. */
    const throughNorm = (place: string, a: Float32Array, b: Float32Array): number => {
      const bias = dot(direction, weight(`roberta.${place}.bias`));
      direction = backThroughNorm(direction, weight(`roberta.${place}.weight`), deviation(a, b, config));
      return bias;
    };
    const forwarded = row(`${path}.output.dense`);
    const outputBias = throughNorm(
      `${path}.output.LayerNorm`,
      row(`${path}.attention.output.LayerNorm`),
      forwarded,
    );
    const feedForward = dot(direction, forwarded);
    const attended = row(`${path}.attention.output.dense`);
    const attentionNormBias = throughNorm(`${path}.attention.output.LayerNorm`, before, attended);
    const towards = timesRows(direction, weight(`roberta.${path}.attention.output.dense.weight`));
    const context = row(`${path}.attention.self.context`);
    layers.unshift({
      heads: Array.from({ length: numAttentionHeads }, (_, head) => {
        const [from, to] = [head * headDim, (head + 1) * headDim];
        return dot(towards.subarray(from, to), context.subarray(from, to));
      }),
      attentionBias: dot(direction, weight(`roberta.${path}.attention.output.dense.bias`)),
      feedForward,
      layerNormBias: outputBias + attentionNormBias,
    });
  }
  const shares = { embeddings: dot(direction, row('embeddings.LayerNorm')), layers, headBias };
  const logit = traced.logits[label] as number;
  return { label, logit, ...shares, residual: logit - sumOfShares(shares) };
}

/** Everything but the residual. */
export function sumOfShares({
  embeddings,
  layers,
  headBias,
}: Pick<LogitShares, 'embeddings' | 'layers' | 'headBias'>): number {
  return layers.reduce(
    (sum, { heads, attentionBias, feedForward, layerNormBias }) =>
      sum + heads.reduce((all, share) => all + share, 0) + attentionBias + feedForward + layerNormBias,
    embeddings + headBias,
  );
}

function slope(u: number, tanh: TanhLinearisation): number {
  if (tanh === 'gradient') {
    return 1 - Math.tanh(u) ** 2;
  }
  return u === 0 ? 1 : Math.tanh(u) / u;
}

/** The square root in LayerNorm(a + b). */
function deviation(a: Float32Array, b: Float32Array, { layerNormEps }: ModelConfig): number {
  const summed = Float64Array.from(a, (value, i) => value + (b[i] as number));
  const mean = sum(summed) / summed.length;
  return Math.sqrt(sum(summed.map((value) => (value - mean) ** 2)) / summed.length + layerNormEps);
}

/** The gradient g of y = (x - mean(x)) / deviation * weight, carried back to x: (g weight, centred) / deviation. */
function backThroughNorm(g: Float64Array, weight: Float32Array, by: number): Float64Array {
  const weighted = g.map((value, i) => value * (weight[i] as number));
  const mean = sum(weighted) / weighted.length;
  return weighted.map((value) => (value - mean) / by);
}

/** g W for W [out, in], row-major: [in]. */
function timesRows(g: Float64Array, matrix: Float32Array): Float64Array {
  const columns = matrix.length / g.length;
  const product = new Float64Array(columns);
  for (const [i, factor] of g.entries()) {
    for (let j = 0; j < columns; j++) {
      product[j] = (product[j] as number) + factor * (matrix[i * columns + j] as number);
    }
  }
  return product;
}

function dot(a: Float64Array, b: Float32Array): number {
  return a.reduce((all, value, i) => all + value * (b[i] as number), 0);
}

function sum(values: Float64Array): number {
  return values.reduce((all, value) => all + value, 0);
}
