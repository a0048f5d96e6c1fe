import { InputError, RerankerError } from '../errors/errors.js';
import { visibleLine } from './format/visible.js';

/** Exit codes of every command. */
export const EXIT = { ok: 0, bug: 1, input: 2, parity: 3, environment: 4 } as const;

/** The command line itself is wrong. */
export class UsageError extends InputError {}

/** Ctrl-C or another request to end the process: the reason with which `Io.signal` is aborted. */
export class Interruption extends Error {
  constructor(readonly exitCode: number) {
    super('interrupted');
  }
}

const CODES: Readonly<Record<string, number>> = {
  input: EXIT.input,
  sequence_too_long: EXIT.input,
  config: EXIT.environment,
  tokenization: EXIT.environment,
  weight_format: EXIT.environment,
  weight_not_found: EXIT.environment,
  weight_shape: EXIT.environment,
  backend_unavailable: EXIT.environment,
  native_setup: EXIT.environment,
  hub: EXIT.environment,
  model_changed: EXIT.environment,
  output: EXIT.environment,
};

const MAX_LINES = 3;

/** How a failed command ends: its exit code and message. The message is empty if the reader of the output has left. */
export function describeFailure(error: unknown, verbose: boolean): { code: number; message: string } {
  if (error instanceof Interruption) {
    return { code: error.exitCode, message: '' };
  }
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') {
    return { code: EXIT.ok, message: '' };
  }
  const code = error instanceof RerankerError ? (CODES[error.code] ?? EXIT.bug) : EXIT.bug;
  const text = error instanceof Error ? error.message : String(error);
  const lines = (code === EXIT.bug ? `This is a bug: ${text}` : text).split('\n').slice(0, MAX_LINES);
  if (verbose) {
    lines.push(...stackOf(error));
  } else if (code === EXIT.bug) {
    lines.splice(MAX_LINES - 1, 1, 'Run it again with --verbose for the stack.');
  }
  return { code, message: lines.map(visibleLine).join('\n') };
}

/** The stack of an error without its message, then the errors that caused it, with their messages. */
function stackOf(error: unknown): string[] {
  if (!(error instanceof Error)) {
    return [];
  }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const { cause } = error;
  return cause === undefined ? frames : [...frames, `caused by ${String(cause)}`, ...stackOf(cause)];
}
