/** The types that a model's weights can be held and multiplied in. Sums, LayerNorm and softmax are float32 in all. */
export const DTYPES = ['float32', 'bfloat16', 'int8'] as const;
export type ModelDtype = (typeof DTYPES)[number];
