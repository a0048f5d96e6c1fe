/**
 * Groups identical sequences, so that each is computed once.
 *
 * @param sequences token ids.
 * @returns indices into `sequences`: a group for each distinct sequence, in the order of their first ones.
 */
export function groupIdentical(sequences: readonly ArrayLike<number>[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, ids] of sequences.entries()) {
    const key = Array.prototype.join.call(ids);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  }
  return [...groups.values()];
}
