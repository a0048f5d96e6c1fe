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

/** {@link MODEL_OPTIONS}, given. */
export interface ModelSelection extends OutputOptions {
  readonly model: string | undefined;
  readonly locked: boolean;
}

/** {@link TOKEN_OPTIONS}, given. */
export interface TokenOptions extends ModelSelection {
  readonly maxLength: number | undefined;
  readonly truncation: Truncation;
  readonly truncationSide: TruncationSide | undefined;
}

/** {@link RUN_OPTIONS}, given. */
export interface RunOptions extends TokenOptions {
  readonly backend: BackendRequest;
  readonly dtype: ModelDtype;
  readonly maxBatchTokens: number | undefined;
  readonly threads: number | undefined;
}

/** What the command line asks for: does it and gives the exit code. */
export type Run = (io: Io) => Promise<number>;

/** A command's handler says what to run; it runs after the whole line is read. */
export type Choose = (options: OutputOptions, run: Run) => void;

const TRUNCATIONS = ['longest_first', 'only_second'] as const satisfies readonly Truncation[];

const ACTIVATIONS = ['sigmoid', 'identity', 'model'] as const satisfies readonly ActivationRequest[];

/** Which models a project runs: in the working directory. */
export const LOCK_FILE = 'tfjs-reranker.lock.json';

/** Where a command's own options stand in its help: before the common ones. */
export const OWN_OPTIONS = 'This command:';

/** An option of a command that takes one text. */
export const text = { type: 'string', requiresArg: true, group: OWN_OPTIONS } as const;

/** An option of a command that takes a whole number from 1 on. */
export function positiveInteger(name: string) {
  return {
    type: 'number',
    requiresArg: true,
    group: OWN_OPTIONS,
    coerce: (value: number | undefined): number | undefined => {
      if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
        const given = Number.isNaN(value) ? '' : `, not ${value}`;
        throw new UsageError(`${name} must be a whole number from 1 on${given}.`);
      }
      return value;
    },
  } as const;
}

/** The option of commands that give relevance scores. */
export const activation = {
  ...text,
  choices: ACTIVATIONS,
  default: 'sigmoid' as const,
  describe:
    'What relevance_score is of the logit: its sigmoid, itself, or what config.json names for sentence-transformers',
} as const;

const RUN_GROUP = 'Model and run:';

/** Of a command about a model. */
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
    describe: `Refuse a model that is not the one of ${LOCK_FILE} here; pull --lock writes it`,
  },
} as const;

/** Of a command that turns texts into a model's tokens. */
export const TOKEN_OPTIONS = {
  ...MODEL_OPTIONS,
  'max-length': {
    ...positiveInteger('--max-length'),
    group: RUN_GROUP,
    describe: 'Tokens of a pair, its 4 special tokens counted; longer ones are cut',
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

/** Of a command that runs a model. */
export const RUN_OPTIONS = {
  ...TOKEN_OPTIONS,
  backend: {
    ...text,
    group: RUN_GROUP,
    choices: BACKEND_REQUESTS,
    default: 'auto',
    describe: 'What computes; auto takes node where it is set up, else wasm',
  },
  dtype: {
    ...text,
    group: RUN_GROUP,
    choices: DTYPES,
    default: 'float32',
    describe: 'What weights are held and multiplied in; bfloat16 and int8 on the node backend',
  },
  'max-batch-tokens': {
    ...positiveInteger('--max-batch-tokens'),
    group: RUN_GROUP,
    describe: 'Tokens computed at once, padding counted: less is less memory',
    defaultDescription: '512, on node 1024 (int8 2048), on webgpu 4096',
  },
  threads: {
    ...positiveInteger('--threads'),
    group: RUN_GROUP,
    describe: 'Worker threads on wasm and cpu; each holds weights of its own',
    defaultDescription: '1',
  },
} as const;

/** A yargs that has the options of every command. */
export type Cli = ReturnType<typeof addOutputOptions>;

/** Adds the options that every command has. */
export function addOutputOptions(cli: Argv) {
  return cli
    .option('quiet', { type: 'boolean', default: false, describe: 'Only errors on stderr' })
    .option('verbose', {
      type: 'boolean',
      default: false,
      describe: 'More on stderr, and the stack of an error',
    });
}

/**
 * What may come more than once, and yargs's own names for words without an option. Not `document`: it is a list of two
 * commands alone, which gather it by themselves.
 */
const MANY = [
  ...['text', 'keep-vocabulary', 'models', 'names', 'ablate', 'with-model', 'allowed-host', 'cors-origin'],
  ...['_', '--'],
];

/** Of an option that was given twice, the last one holds: so a script can append to its own defaults. */
export function keepLast(argv: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(argv)) {
    if (Array.isArray(value) && !MANY.includes(toDashes(name))) {
      argv[name] = value.at(-1);
    }
  }
}

/** yargs has every option under two names. */
function toDashes(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
