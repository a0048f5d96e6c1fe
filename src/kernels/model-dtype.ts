/** The types in which weights are held and multiplied. Sums, LayerNorm and softmax are float32 in all of them. */
export const DTYPES = ['float32', 'bfloat16', 'int8'] as const;
export type ModelDtype = (typeof DTYPES)[number];
