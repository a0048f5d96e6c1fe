/** A signed number with two decimals and a true minus: `+0.83`, `−1.20`, `0.00`. */
export function signed(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`;
}

/** A number that may be negative, with a true minus. */
export function plain(value: number, digits = 2): string {
  return value.toFixed(digits).replace('-', '−');
}

/** A count with its noun in singular or plural: `1 token`, `2,000 tokens`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** A share of 1 in percent: `12 %`; below one percent with a decimal. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value.toFixed(value > 0 && value < 10 ? 1 : 0)} %`;
}
