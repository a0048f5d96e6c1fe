import { TokenizationError } from '../errors/errors.js';

/**
 * A value inside a parsed JSON file that knows its path, so that a message can name it:
 * `tokenizer.json: model.unk_id must be an integer, got null`.
 */
export class JsonField {
  constructor(
    readonly value: unknown,
    /** The file, for messages. */
    readonly source: string,
    /** Dotted path from the top of the file; empty at the top. */
    readonly path = '',
  ) {}

  /** True when the field is absent or null, which this format uses for "none". */
  get isNone(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** The member `name` of an object; an absent member is a field whose value is undefined. */
  get(name: string): JsonField {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('must be an object');
    const member = Object.hasOwn(value, name)
      ? (value as Readonly<Record<string, unknown>>)[name]
      : undefined;
    return new JsonField(member, this.source, this.path === '' ? name : `${this.path}.${name}`);
  }

  /** The items of an array. */
  items(): JsonField[] {
    const { value } = this;
    if (!Array.isArray(value)) this.fail('must be an array');
    return value.map((item: unknown, index) => new JsonField(item, this.source, `${this.path}[${index}]`));
  }

  string(): string {
    if (typeof this.value !== 'string') this.fail('must be a string');
    return this.value;
  }

  number(): number {
    if (typeof this.value !== 'number') this.fail('must be a number');
    return this.value;
  }

  /** An integer from 0 to `below` - 1. */
  index(below: number): number {
    const { value } = this;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= below) {
      this.fail(`must be an integer from 0 to ${below - 1}`);
    }
    return value;
  }

  boolean(whenAbsent: boolean): boolean {
    if (this.isNone) return whenAbsent;
    if (typeof this.value !== 'boolean') this.fail('must be true or false');
    return this.value;
  }

  /**
   * @throws TokenizationError that names the file, the path, what is expected and what was found.
   */
  fail(asked: string): never {
    const where = this.path === '' ? this.source : `${this.source}: ${this.path}`;
    throw new TokenizationError(`${where} ${asked}, got ${describe(this.value)}.`);
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = String(JSON.stringify(value));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
