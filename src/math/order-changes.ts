/** Two things that two lists of values put in opposite orders. */
export interface OrderChange {
  /** The one that the reference puts first. */
  readonly first: number;
  readonly second: number;
  /** By how much of the reference's values. */
  readonly margin: number;
}

/** The order of things within groups, compared. */
export interface OrderChanges {
  /** Pairs of things that were compared. */
  readonly pairs: number;
  /** Those in the opposite order, the widest margin first. */
  readonly changes: readonly OrderChange[];
}

/**
 * Compares how two lists of values order things: the larger value is first, and a tie on either side is no change.
 *
 * @param groups what each thing is of, such as its query: only things of one group have an order.
 * @param minMargin what is nearer than this in the reference is no change.
 */
export function findOrderChanges(
  reference: readonly number[],
  ours: readonly number[],
  groups: readonly unknown[],
  minMargin = 0,
): OrderChanges {
  const members = new Map<unknown, number[]>();
  for (const [i, group] of groups.entries()) {
    const known = members.get(group);
    if (known === undefined) {
      members.set(group, [i]);
    } else {
      known.push(i);
    }
  }
  let pairs = 0;
  const changes: OrderChange[] = [];
  for (const own of members.values()) {
    for (const [at, a] of own.entries()) {
      for (const b of own.slice(at + 1)) {
        pairs += 1;
        const margin = (reference[a] as number) - (reference[b] as number);
        const other = (ours[a] as number) - (ours[b] as number);
        if (Math.abs(margin) > minMargin && margin * other < 0) {
          const [first, second] = margin > 0 ? [a, b] : [b, a];
          changes.push({ first, second, margin: Math.abs(margin) });
        }
      }
    }
  }
  return { pairs, changes: changes.sort((a, b) => b.margin - a.margin) };
}
