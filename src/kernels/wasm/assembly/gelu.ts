/** Beyond this, the normal distribution function is 0 or 1 in float32. */
const SATURATED: f64 = 6;

/** GELU(x) = x Phi(x) of four numbers, computed in float64 with the function of ../wasm-gelu.ts. */
@inline
export function gelu(x: v128): v128 {
  const low = geluOfTwo(f64x2.promote_low_f32x4(x));
  const high = geluOfTwo(f64x2.promote_low_f32x4(i32x4.shuffle(x, x, 2, 3, 0, 1)));
  return i32x4.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

@inline
function geluOfTwo(x: v128): v128 {
  const limit = f64x2.splat(SATURATED);
  const clamped = f64x2.max(f64x2.min(x, limit), f64x2.neg(limit));
  const gelu = f64x2.mul(x, normal(clamped));
  const positive = v128.bitselect(x, gelu, f64x2.ge(x, limit));
  return v128.bitselect(f64x2.splat(0), positive, f64x2.le(x, f64x2.neg(limit)));
}

/** The normal distribution function on [-6, 6], 1/2 + x P(x^2) / Q(x^2). */
@inline
function normal(x: v128): v128 {
  const z = f64x2.mul(x, x);
  let p = f64x2.splat(8.157464031040885e-8);
  p = next(p, z, 9.428543512197183e-6);
  p = next(p, z, 0.00018878482526752383);
  p = next(p, z, 0.004957472373420305);
  p = next(p, z, 0.03410225977670693);
  p = next(p, z, 0.39894228960066885);
  let q = f64x2.splat(4.576547859008563e-9);
  q = next(q, z, 2.4017458659544258e-6);
  q = next(q, z, 9.064496962556507e-5);
  q = next(q, z, 0.002054580538065622);
  q = next(q, z, 0.029450899498582907);
  q = next(q, z, 0.2521485331742385);
  q = next(q, z, 1);
  return f64x2.add(f64x2.splat(0.5), f64x2.div(f64x2.mul(x, p), q));
}

/** One step of Horner's scheme. */
@inline
function next(sum: v128, z: v128, coefficient: f64): v128 {
  return f64x2.add(f64x2.mul(sum, z), f64x2.splat(coefficient));
}
