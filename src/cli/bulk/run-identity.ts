import { InputError } from '../../errors/errors.js';

/** What decides the bytes of an output: two runs with the same make the same file. */
export interface RunIdentity {
  /** sha256 of the weights. */
  readonly weights: string;
  readonly backend: string;
  readonly dtype: string;
  readonly activation: string;
  /** The curve as JSON. */
  readonly calibration?: string | undefined;
  readonly maxLength: number;
  readonly truncation: string;
  readonly truncationSide: string;
  readonly maxBatchTokens: number;
  readonly columns: readonly string[] | null;
  readonly inputFormat: string;
  readonly quarantine: boolean;
  readonly inputBytes: number;
  readonly inputModified: string;
}

/** Fields as the command line calls them. */
const NAMES: Readonly<Record<keyof RunIdentity, string>> = {
  weights: 'the model (sha256 of its weights)',
  backend: '--backend',
  dtype: '--dtype',
  activation: '--activation',
  calibration: '--calibration',
  maxLength: '--max-length',
  truncation: '--truncation',
  truncationSide: '--truncation-side',
  maxBatchTokens: '--max-batch-tokens',
  columns: '--columns',
  inputFormat: '--input-format',
  quarantine: '--quarantine',
  inputBytes: 'the size of the input',
  inputModified: 'the time at which the input was written',
};

/**
 * @param what begins the sentence: `scores.jsonl is of another run`.
 * @throws InputError that names what differs.
 */
export function assertSameRun(
  what: string,
  before: Partial<RunIdentity>,
  now: RunIdentity,
  remedy: string,
): void {
  const differing = (Object.keys(NAMES) as (keyof RunIdentity)[]).filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(now[field]),
  );
  if (differing.length > 0) {
    const facts = differing.map(
      (field) => `${NAMES[field]} was ${show(before[field])}, is ${show(now[field])}`,
    );
    throw new InputError(`${what} is of another run: ${facts.join('; ')}. ${remedy}`);
  }
}

function show(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'given' : 'not given';
  const text = Array.isArray(value) ? value.join(',') : String(value ?? 'not given');
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 12)}…` : text;
}
