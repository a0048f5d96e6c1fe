import type { Argv } from 'yargs';
import { BACKEND_REQUESTS, type BackendRequest, DTYPES, type ModelDtype } from '../kernels/names.js';
import type { ActivationRequest } from '../model/config/score-activation.js';
import type { TruncationSide } from '../tokenizer/tokenizer-config.js';
import type { Truncation } from '../tokenizer/truncation.js';
import { UsageError } from './exit-codes.js';
import type { Io } from './io/io.js';

/** Options of every command. */
export interface OutputOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Values of {@link MODEL_OPTIONS}. */
export interface ModelSelection extends OutputOptions {
  readonly model: string | undefined;
  readonly locked: boolean;
}

/** Values of {@link TOKEN_OPTIONS}. */
export interface TokenOptions extends ModelSelection {
  readonly maxLength: number | undefined;
  readonly truncation: Truncation;
  readonly truncationSide: TruncationSide | undefined;
}

/** Values of {@link RUN_OPTIONS}. */
export interface RunOptions extends TokenOptions {
  readonly backend: BackendRequest;
  readonly dtype: ModelDtype;
  readonly maxBatchTokens: number | undefined;
  readonly threads: number | undefined;
}

/** The work of a command; it returns the exit code. */
export type Run = (io: Io) => Promise<number>;

/** A command's handler passes its work to this function; it runs after the whole line is read. */
export type Choose = (options: OutputOptions, run: Run) => void;

const TRUNCATIONS = ['longest_first', 'only_second'] as const satisfies readonly Truncation[];

const ACTIVATIONS = ['sigmoid', 'identity', 'model'] as const satisfies readonly ActivationRequest[];

/** The lock file with the models of a project, in the working directory. */
export const LOCK_FILE = 'tfjs-reranker.lock.json';

/** The group of a command's own options in its help, before the common ones. */
export const OWN_OPTIONS = 'This command:';

/** An option of a command that takes one text. */
export const text = { type: 'string', requiresArg: true, group: OWN_OPTIONS } as const;

/**
 * An option of a command that takes one number.
 *
 * `string` makes yargs keep what was typed: of numbers, it adds 1 for each further value of 1, so that a repeated option
 * would not take its last value.
 *
 * @param check returns the number, which may be NaN, or throws a UsageError.
 */
export function numeric(check: (value: number) => number) {
  return {
    type: 'number',
    string: true,
    requiresArg: true,
    group: OWN_OPTIONS,
    coerce: (given: string | number | undefined): number | undefined =>
      given === undefined ? undefined : check(String(given).trim() === '' ? Number.NaN : Number(given)),
  } as const;
}

/** The same option with a default. */
export function withDefault(value: number, { coerce, ...option }: ReturnType<typeof numeric>) {
  return {
    ...option,
    default: value,
    coerce: (given: string | number | undefined): number => coerce(given) ?? value,
  } as const;
}

/** An option of a command that takes a whole number from 1 on. */
export function positiveInteger(name: string) {
  return numeric((value) => {
    if (!(Number.isSafeInteger(value) && value > 0)) {
      const given = Number.isNaN(value) ? '' : `, not ${value}`;
      throw new UsageError(`${name} must be a whole number from 1 on${given}.`);
    }
    return value;
  });
}

/** The option of commands with relevance scores. */
export const activation = {
  ...text,
  choices: ACTIVATIONS,
  default: 'sigmoid' as const,
  describe:
    'Function from logit to relevance_score: sigmoid, identity, or what config.json names for sentence-transformers',
} as const;

/** The option of commands that leave out what is not relevant enough. */
export const minCalibratedScore = {
  ...numeric((value) => {
    if (!(value >= 0 && value <= 1)) {
      throw new UsageError(`--min-calibrated-score must be a number from 0 to 1, not ${value}.`);
    }
    return value;
  }),
  describe: 'With --calibration: leave out documents with a lower calibrated score',
} as const;

/** The option of commands that can add calibrated scores. */
export const calibration = {
  ...text,
  describe: 'File of the command calibrate: adds calibrated_score, the probability of relevance',
} as const;

const RUN_GROUP = 'Model and run:';

/** Options of commands about a model. */
export const MODEL_OPTIONS = {
  model: {
    ...text,
    group: RUN_GROUP,
    describe:
      'Folder with config.json, tokenizer.json and weights, or a model of the hub: owner/name[@revision]',
    defaultDescription: 'the embedded mini-en-zh',
  },
  locked: {
    type: 'boolean',
    group: RUN_GROUP,
    default: false,
    describe: `Refuse a model that differs from ${LOCK_FILE}; pull --lock writes that file`,
  },
} as const;

/** Options of commands that turn texts into tokens. */
export const TOKEN_OPTIONS = {
  ...MODEL_OPTIONS,
  'max-length': {
    ...positiveInteger('--max-length'),
    group: RUN_GROUP,
    describe: 'Most tokens of a pair, its 4 special tokens included; longer pairs are cut',
    defaultDescription: "the model's limit",
  },
  truncation: {
    ...text,
    group: RUN_GROUP,
    choices: TRUNCATIONS,
    default: 'longest_first',
    describe: 'What is cut: the longer text, or the document only (and of the query what is beyond 3/4)',
  },
  'truncation-side': {
    ...text,
    group: RUN_GROUP,
    choices: ['left', 'right'] satisfies readonly TruncationSide[],
    describe: 'Where a text is cut: its beginning or its end',
    defaultDescription: 'as tokenizer_config.json says, else right',
  },
} as const;

/** Options of commands that run a model. */
export const RUN_OPTIONS = {
  ...TOKEN_OPTIONS,
  backend: {
    ...text,
    group: RUN_GROUP,
    choices: BACKEND_REQUESTS,
    default: 'auto',
    describe: 'Where the model runs; auto means node if it is set up, else wasm',
  },
  dtype: {
    ...text,
    group: RUN_GROUP,
    choices: DTYPES,
    default: 'float32',
    describe: 'dtype of weights and products; bfloat16 and int8 need the node backend',
  },
  'max-batch-tokens': {
    ...positiveInteger('--max-batch-tokens'),
    group: RUN_GROUP,
    describe: 'Most tokens computed at once, padding included; fewer take less memory',
    defaultDescription: '512, on node 1024 (int8 2048), on webgpu 4096',
  },
  threads: {
    ...positiveInteger('--threads'),
    group: RUN_GROUP,
    describe: 'Threads that compute a batch together, on wasm',
    defaultDescription: 'all cores',
  },
} as const;

/** yargs with the options of every command. */
export type Cli = ReturnType<typeof addOutputOptions>;

/** Adds the options that every command has. */
export function addOutputOptions(cli: Argv) {
  return cli
    .option('quiet', { type: 'boolean', default: false, describe: 'Only errors on stderr' })
    .option('verbose', {
      type: 'boolean',
      default: false,
      describe: 'More messages on stderr, and the stack of an error',
    });
}

/**
 * Options that can be repeated, and yargs's own names for positional arguments. `document` is missing: the two commands
 * with it collect it themselves.
 */
const MANY = [
  ...['text', 'keep-vocabulary', 'models', 'names', 'ablate', 'with-model', 'allowed-host', 'cors-origin'],
  ...['_', '--'],
];

/** Keeps the last value of an option that was given twice, so that a script can append to its own defaults. */
export function keepLast(argv: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(argv)) {
    if (Array.isArray(value) && !MANY.includes(toDashes(name))) {
      argv[name] = value.at(-1);
    }
  }
}

/** The name with dashes; yargs has every option under two names. */
function toDashes(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
