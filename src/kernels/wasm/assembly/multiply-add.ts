/**
 * a b + sum. With relaxed SIMD it is rounded once where the processor can, else twice: the only difference between the
 * two modules that are compiled from this folder.
 */
@inline
export function multiplyAdd(a: v128, b: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return v128.relaxed_madd<f32>(a, b, sum);
  } else {
    return f32x4.add(f32x4.mul(a, b), sum);
  }
}
