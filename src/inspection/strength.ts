/** What is weaker than this share of the strongest is shown as nothing. */
const FAINT = 1 / 8;

/**
 * Values as whole steps of the strongest one: -steps to steps, 0 for what is too weak to be shown. Equal distances
 * are equal steps on both sides, so that a colour for "for" is as strong as the same value's for "against".
 */
export function toStrengths(values: readonly number[], steps: number): number[] {
  const strongest = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return values.map((value) => {
    const share = strongest === 0 ? 0 : Math.abs(value) / strongest;
    return share < FAINT ? 0 : Math.sign(value) * Math.ceil(share * steps);
  });
}
