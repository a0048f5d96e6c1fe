/** Writes the four numbers of four vectors transposed: first those that come first, `stride` bytes on the second ones. */
@inline
export function storeTransposed(a: v128, b: v128, c: v128, d: v128, target: usize, stride: usize): void {
  const firstOfAB = i32x4.shuffle(a, b, 0, 4, 1, 5); // a0 b0 a1 b1
  const firstOfCD = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const lastOfAB = i32x4.shuffle(a, b, 2, 6, 3, 7); // a2 b2 a3 b3
  const lastOfCD = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(target, i64x2.shuffle(firstOfAB, firstOfCD, 0, 2)); // a0 b0 c0 d0
  v128.store(target + stride, i64x2.shuffle(firstOfAB, firstOfCD, 1, 3));
  v128.store(target + 2 * stride, i64x2.shuffle(lastOfAB, lastOfCD, 0, 2));
  v128.store(target + 3 * stride, i64x2.shuffle(lastOfAB, lastOfCD, 1, 3));
}
