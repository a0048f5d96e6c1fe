import { z } from 'zod';

const WHOLE_NUMBER = z.custom<number | string>(isWhole, 'an integer of at least 0').meta({
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', pattern: '^[0-9]+$' },
  ],
});

function isWhole(value: unknown): boolean {
  return typeof value === 'string'
    ? /^[0-9]+$/.test(value)
    : typeof value === 'number' &&
        value >= 0 &&
        (Number.isInteger(value) || value === Number.POSITIVE_INFINITY);
}

/** A count as clients write it, digits in quotes included; numbers that are too large become a very large integer. */
export const SIZE = WHOLE_NUMBER.transform(toSize);

/** The same, for fields in which gateways send 0 for "not set". */
export const COUNT = WHOLE_NUMBER.transform((value) => toSize(value) || undefined);

function toSize(value: number | string): number {
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
}

/** A boolean as clients write it, including in quotes, as JSON or Python prints it. */
export const FLAG = z
  .custom<boolean | string>(isFlag, 'true or false')
  .meta({ anyOf: [{ type: 'boolean' }, { type: 'string', enum: ['true', 'false', 'True', 'False'] }] })
  .transform((value) => String(value).toLowerCase() === 'true');

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean' || (typeof value === 'string' && /^(true|false)$/i.test(value));
}
