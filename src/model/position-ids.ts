/**
 * Position ids as the reference makes them (transformers, `create_position_ids_from_input_ids`): tokens count from
 * padTokenId + 1, and every padTokenId, a literal `<pad>` in the text too, has position padTokenId and does not count.
 *
 * @param inputIds [batch x seq], padded.
 * @returns [batch x seq], host integers: no float arithmetic touches them.
 */
export function createPositionIds(inputIds: Int32Array, seq: number, padTokenId: number): Int32Array {
  const positionIds = new Int32Array(inputIds.length);
  let counted = 0;
  for (let i = 0; i < inputIds.length; i++) {
    if (i % seq === 0) {
      counted = 0;
    }
    positionIds[i] = inputIds[i] === padTokenId ? padTokenId : padTokenId + ++counted;
  }
  return positionIds;
}
