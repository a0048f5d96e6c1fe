/** Below this, e^x is not a normal number of float32; as part of a softmax it counts for nothing. */
const SMALLEST: f32 = -87;

/** e^x / sum(e^x) of each row, in place. Rows are whole vectors; what the last one has too many is overwritten. */
export function softmaxRows(x: usize, stride: usize, rows: usize, length: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    softmax(x + row * stride, length, x + row * stride + stride);
  }
}

function softmax(x: usize, length: usize, end: usize): void {
  for (let rest = x + length * 4; rest < end; rest += 4) {
    store<f32>(rest, -Infinity);
  }
  let largest = f32x4.splat(-Infinity);
  for (let at = x; at < end; at += 16) {
    largest = f32x4.max(largest, v128.load(at));
  }
  const top = f32x4.splat(
    max(
      max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
      max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
    ),
  );
  let sums = f64x2.splat(0); // in float64, however long the row is
  for (let at = x; at < end; at += 16) {
    const power = exp(f32x4.sub(v128.load(at), top));
    v128.store(at, power);
    const high = i32x4.shuffle(power, power, 2, 3, 0, 1);
    sums = f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(power), f64x2.promote_low_f32x4(high)));
  }
  const factor = f32x4.splat(<f32>(1 / (f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1))));
  for (let at = x; at < end; at += 16) {
    v128.store(at, f32x4.mul(v128.load(at), factor));
  }
}

/**
 * e^x of four numbers that are not above 0: 2^n e^r with |r| <= ln(2) / 2, and e^r by its Taylor polynomial of degree 7,
 * whose error is below 6e-9. ln(2) is subtracted in two parts, so that r is exact to float32.
 */
@inline
function exp(x: v128): v128 {
  const bounded = f32x4.max(x, f32x4.splat(SMALLEST));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.4426950408889634)));
  let r = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693145751953125))); // 16 bits: n times it is exact
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(1.428606820309417e-6)));
  let power = f32x4.splat(1.0 / 5040);
  power = next(power, r, 1.0 / 720);
  power = next(power, r, 1.0 / 120);
  power = next(power, r, 1.0 / 24);
  power = next(power, r, 1.0 / 6);
  power = next(power, r, 0.5);
  power = next(power, r, 1);
  power = next(power, r, 1);
  const exponent = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(power, exponent);
}

/** One step of Horner's scheme. */
@inline
function next(sum: v128, r: v128, coefficient: f32): v128 {
  return f32x4.add(f32x4.mul(sum, r), f32x4.splat(coefficient));
}
