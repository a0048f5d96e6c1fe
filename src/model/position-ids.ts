/**
 * Position ids as in the reference (transformers, `create_position_ids_from_input_ids`). Tokens count from
 * padTokenId + 1. Every padTokenId, also a literal `<pad>` in the text, has position padTokenId and is not counted.
 *
 * @param inputIds [batch x seq], padded.
 * @returns [batch x seq], integers on the host, so that no float arithmetic touches them.
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
