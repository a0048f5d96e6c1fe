import type { ActivationName } from '../model/activations.js';

/** Two activations of one name, the reference's and ours, row by row. */
export interface ActivationPair {
  readonly name: ActivationName;
  readonly expected: ArrayLike<number>;
  readonly actual: ArrayLike<number>;
  /** Size of the last dimension. */
  readonly rowSize: number;
  /** The largest allowed distance of a value from the reference's. */
  readonly allowed: number;
}

/** The usual cause when an activation is the first that is off, by the end of its name. */
const CAUSES: readonly (readonly [ending: string, cause: string])[] = [
  ['embeddings.word_embeddings', 'the word table, or the token ids: another checkpoint or tokenizer'],
  ['embeddings.position_embeddings', 'the positions: they count from padTokenId + 1 and skip padding'],
  ['embeddings.token_type_embeddings', 'the token type: row 0 is added for every token'],
  [
    'embeddings.LayerNorm',
    "the sum of the three embeddings, or LayerNorm's weight, bias, eps or variance (biased, eps inside the root)",
  ],
  ['attention.self.query', 'the weight or bias of query: transposed, swapped, or of another checkpoint'],
  ['attention.self.key', 'the weight or bias of key: transposed, swapped, or of another checkpoint'],
  ['attention.self.value', 'the weight or bias of value: transposed, swapped, or of another checkpoint'],
  [
    'attention.self.scores',
    'the scores: heads split another way, or not divided by sqrt(headDim) before the mask',
  ],
  ['attention.self.probs', 'the softmax: its axis, or the mask (by length, large and negative)'],
  ['attention.self.context', 'the sum of values by probability: heads joined in another order'],
  ['attention.output.dense', 'the weight or bias of attention.output.dense'],
  [
    'attention.output.LayerNorm',
    "the residual (the layer's input), or the weight, bias or eps of attention.output.LayerNorm",
  ],
  ['intermediate.dense', 'the weight or bias of intermediate.dense'],
  ['intermediate.activation', 'the GELU: by erf in the reference, not by tanh'],
  ['output.dense', 'the weight or bias of output.dense'],
  [
    'output.LayerNorm',
    "the residual (the attention's output), or the weight, bias or eps of output.LayerNorm",
  ],
  [
    'classifier.dense',
    "the head's input (the first token of the last layer), or the weight or bias of classifier.dense",
  ],
  ['classifier.tanh', 'the tanh between the two layers of the head'],
  ['classifier.out_proj', 'the weight or bias of classifier.out_proj'],
];

/** The likely cause when this activation is the first that is off: where to look, and what its numbers show. */
export function likelyCause(pair: ActivationPair): string {
  const place = CAUSES.find(([ending]) => pair.name.endsWith(ending));
  const shown = shape(pair);
  return `${place?.[1] ?? pair.name}${shown === undefined ? '' : `. ${shown}`}`;
}

/** What the differences themselves show. */
function shape({ expected, actual, rowSize, allowed }: ActivationPair): string | undefined {
  const rows = expected.length / rowSize;
  const at = (values: ArrayLike<number>, row: number, column: number): number =>
    values[row * rowSize + column] as number;
  const every = (holds: (row: number, column: number) => boolean): boolean => {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < rowSize; column++) {
        if (!holds(row, column)) {
          return false;
        }
      }
    }
    return true;
  };
  if (!every((row, column) => Number.isFinite(at(actual, row, column)))) {
    return 'Some values are not finite';
  }
  const off = (row: number, column: number): number => at(actual, row, column) - at(expected, row, column);
  const factor = bestFactor(expected, actual);
  if (
    every((row, column) => Math.abs(at(actual, row, column) - factor * at(expected, row, column)) <= allowed)
  ) {
    return factor === 0
      ? 'All values are zero'
      : `All values are ${factor.toPrecision(4)} times the reference's`;
  }
  if (rows > 1 && every((row, column) => Math.abs(off(row, column) - off(0, column)) <= allowed)) {
    return 'Every row is off by the same numbers, as by a bias';
  }
  const rowsOff = Array.from({ length: rows }, (_, row) => row).filter(
    (row) =>
      !Array.from({ length: rowSize }, (_, column) => off(row, column)).every((d) => Math.abs(d) <= allowed),
  );
  return rowsOff.length < rows
    ? `${rowsOff.length} of ${rows} rows are off, the first is row ${rowsOff[0]}`
    : undefined;
}

/** The factor by which the reference comes closest to our values, by least squares. */
function bestFactor(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  let [product, squares] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    product += (expected[i] as number) * (actual[i] as number);
    squares += (expected[i] as number) ** 2;
  }
  return squares === 0 ? 0 : product / squares;
}
