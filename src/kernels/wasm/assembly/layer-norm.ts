/**
 * LayerNorm of each row; mean and variance in float64, where the variance is that of the centred numbers.
 *
 * @param x [rows, hidden]
 * @param output [rows, hidden]
 */
export function layerNorm(
  x: usize,
  weight: usize,
  bias: usize,
  rows: usize,
  hidden: usize,
  eps: f64,
  output: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    normalize(x + row * hidden * 4, weight, bias, hidden, eps, output + row * hidden * 4);
  }
}

function normalize(x: usize, weight: usize, bias: usize, hidden: usize, eps: f64, output: usize): void {
  const end = hidden * 4;
  const even = end - (end % 8);
  let sums = f64x2.splat(0);
  for (let at: usize = 0; at < even; at += 8) {
    sums = f64x2.add(sums, two(x + at));
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  if (even < end) {
    sum += load<f32>(x + even);
  }
  const mean = sum / <f64>hidden;
  const means = f64x2.splat(mean);
  sums = f64x2.splat(0);
  for (let at: usize = 0; at < even; at += 8) {
    const centred = f64x2.sub(two(x + at), means);
    sums = f64x2.add(sums, f64x2.mul(centred, centred));
  }
  let squares = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  if (even < end) {
    const centred = <f64>load<f32>(x + even) - mean;
    squares += centred * centred;
  }
  const factor = 1 / Math.sqrt(squares / <f64>hidden + eps);
  const factors = f64x2.splat(factor);
  for (let at: usize = 0; at < even; at += 8) {
    const standardized = f64x2.mul(f64x2.sub(two(x + at), means), factors);
    const scaled = f64x2.add(f64x2.mul(standardized, two(weight + at)), two(bias + at));
    v128.store64_lane(output + at, f32x4.demote_f64x2_zero(scaled), 0);
  }
  if (even < end) {
    const standardized = (<f64>load<f32>(x + even) - mean) * factor;
    store<f32>(output + even, <f32>(standardized * load<f32>(weight + even) + load<f32>(bias + even)));
  }
}

/** Two numbers, in float64. */
@inline
function two(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}
