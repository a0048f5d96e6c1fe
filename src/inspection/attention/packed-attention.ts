/** Attention probabilities of one pair in a form that fits into a page. */
export interface PackedAttention {
  readonly layers: number;
  readonly heads: number;
  readonly seq: number;
  /** Lower probabilities are written as 0. */
  readonly smallest: number;
  /**
   * base64 of a zlib stream of bytes, round(255 x probability), [layers, heads, seq (from), seq (to)]. In Python
   * `zlib.decompress(base64.b64decode(data))`, in a browser `DecompressionStream('deflate')`.
   */
  readonly data: string;
}
