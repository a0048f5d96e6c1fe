import { ConfigError } from '../../errors/errors.js';
import { quote } from '../../errors/quote.js';

/** Problems that one message spells out. */
const MAX_SHOWN = 6;

/**
 * Reads the fields of a config.json and collects every problem, so that one error names them all. A size that is wrong
 * is returned as NaN; {@link assertFine} throws before it can be used.
 */
export class FieldReader {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #missing: string[] = [];
  readonly #wrong: { field: string; text: string }[] = [];

  /** @param json a JSON object; only its own fields count, so that `__proto__` contributes none */
  constructor(json: object) {
    this.#values = new Map<string, unknown>(Object.entries(json));
  }

  /** A field that may be absent; transformers writes null for absent. */
  optional(field: string): unknown {
    return this.#values.get(field) ?? undefined;
  }

  /** A required field; its absence is recorded. */
  required(field: string): unknown {
    const value = this.optional(field);
    if (value === undefined) this.#missing.push(field);
    return value;
  }

  /** A positive integer. It is required when no default is given. */
  size(field: string, most: number, whenAbsent?: number): number {
    return this.integer(field, 1, most, whenAbsent);
  }

  /** An integer within [least, most], or NaN. */
  integer(field: string, least: number, most: number, whenAbsent?: number): number {
    const value = this.optional(field) ?? whenAbsent ?? this.required(field);
    if (value === undefined) return Number.NaN;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    this.wrong(field, `"${field}" is ${quote(value)}; expected an integer from ${least} to ${most}`);
    return Number.NaN;
  }

  /** A number within (0, 1) that float32 does not round to 0; otherwise NaN. */
  epsilon(field: string, whenAbsent: number): number {
    const value = this.optional(field) ?? whenAbsent;
    if (typeof value === 'number' && Math.fround(value) > 0 && value < 1) return value;
    this.wrong(field, `"${field}" is ${quote(value)}; expected a number above 0 and below 1, such as 1e-5`);
    return Number.NaN;
  }

  /** An optional field for which only some values are supported. */
  choice<T extends string>(field: string, supported: readonly T[], note = ''): T | undefined {
    const value = this.optional(field);
    if (value === undefined) return undefined;
    const choice = supported.find((one) => one === value);
    if (choice === undefined) {
      this.wrong(
        field,
        `"${field}" is ${quote(value)}; supported: ${supported.map(quote).join(', ')}${note}`,
      );
    }
    return choice;
  }

  /** An optional flag that must be false. */
  mustBeOff(field: string): void {
    const value = this.optional(field);
    if (value === undefined || value === false) return;
    this.wrong(field, `"${field}" is ${quote(value)}; supported: false (an encoder)`);
  }

  /** Records that a field is wrong. @param text a sentence without its full stop */
  wrong(field: string, text: string): void {
    this.#wrong.push({ field, text });
  }

  /** @throws ConfigError if anything was missing or wrong; it names everything, in the order of reading */
  assertFine(source: string): void {
    const missing = this.#missing.map((field) => `"${field}"`).join(', ');
    const texts = this.#wrong.map(({ text }) => text);
    if (missing !== '') texts.unshift(`required and missing: ${missing}`);
    if (texts.length === 0) return;
    const shown = texts.slice(0, MAX_SHOWN).join('. ');
    const more = texts.length > MAX_SHOWN ? `. And ${texts.length - MAX_SHOWN} more` : '';
    throw new ConfigError(`${source}: ${shown}${more}.`, this.#missing[0] ?? this.#wrong[0]?.field);
  }
}
