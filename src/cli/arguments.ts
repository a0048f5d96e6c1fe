import yargs from 'yargs';
import { packageVersion } from '../server/package-version.js';
import { addBenchCommand } from './commands/bench.js';
import { addCalibrateCommand } from './commands/calibrate.js';
import { addConvertCommand } from './commands/convert.js';
import { addDemoCommand } from './commands/demo.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addEvaluateCommand } from './commands/evaluate.js';
import { addInspectCommand } from './commands/inspect.js';
import { addModelsCommand } from './commands/models.js';
import { addPullCommand } from './commands/pull.js';
import { addRerankCommand } from './commands/rerank.js';
import { addScoreCommand } from './commands/score.js';
import { addSearchCommand } from './commands/search.js';
import { addServeCommand } from './commands/serve.js';
import { addSetupNativeCommand } from './commands/setup-native.js';
import { addTokenizeCommand } from './commands/tokenize.js';
import { addTraceCommand } from './commands/trace.js';
import { addVerifyCommand } from './commands/verify.js';
import { UsageError } from './exit-codes.js';
import { documentsInOrder } from './io/query-documents.js';
import {
  addOutputOptions,
  type Choose,
  keepLast,
  type OutputOptions,
  RUN_OPTIONS,
  type Run,
} from './options.js';

const NAME = 'tfjs-reranker';
const COMMANDS = [
  'rerank',
  'search',
  'score',
  'tokenize',
  'inspect',
  'trace',
  'serve',
  'verify',
  'evaluate',
  'calibrate',
  'bench',
  'convert',
  'demo',
  'pull',
  'models',
  'setup-native',
  'doctor',
];

/** Commands whose positional arguments are documents. */
const HAVE_DOCUMENTS = ['rerank', 'inspect'];

/** Names of the positional arguments of other commands. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  models: ['action', 'names'],
  pull: ['models'],
  search: ['question'],
};

/** The meaning of a command line: a command to run, or a text (help, the version) to print. */
export type Parsed =
  | { readonly kind: 'run'; readonly run: Run; readonly options: OutputOptions }
  | { readonly kind: 'text'; readonly text: string };

/**
 * Reads the command line; it runs and prints nothing.
 *
 * @throws UsageError with one line about the mistake and one about where to find help.
 */
export async function parseArguments(args: readonly string[], columns: number): Promise<Parsed> {
  let chosen: Parsed | undefined;
  const choose: Choose = (options, run) => {
    chosen = { kind: 'run', run, options };
  };
  let printed = '';
  try {
    await createCli(args, columns, choose).parseAsync(
      args,
      {},
      (_error: unknown, _argv: unknown, output: string) => {
        printed = output;
      },
    );
  } catch (error) {
    throw asUsageError(error, args);
  }
  return chosen ?? { kind: 'text', text: `${printed}\n` };
}

function createCli(args: readonly string[], columns: number, choose: Choose) {
  const cli = addOutputOptions(yargs());
  for (const add of [
    addRerankCommand,
    addSearchCommand,
    addScoreCommand,
    addTokenizeCommand,
    addInspectCommand,
    addTraceCommand,
    addServeCommand,
    addVerifyCommand,
    addEvaluateCommand,
    addCalibrateCommand,
    addBenchCommand,
    addConvertCommand,
    addDemoCommand,
    addPullCommand,
    addModelsCommand,
    addSetupNativeCommand,
    addDoctorCommand,
  ]) {
    add(cli, choose);
  }
  return cli
    .scriptName(NAME)
    .usage('$0 <command> [options]\n\nA cross-encoder reranker that runs layer by layer on TensorFlow.js.')
    .locale('en') // so that messages and tests are the same everywhere
    .parserConfiguration({
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .version(packageVersion())
    .help()
    .wrap(Math.min(columns, 110))
    .demandCommand(1, 1, `No command given. Commands: ${COMMANDS.join(', ')}.`)
    .middleware((argv) => {
      keepLast(argv);
      const command = String(argv._[0]);
      if (HAVE_DOCUMENTS.includes(command)) {
        argv.document = documentsInOrder(args, argv);
      } else {
        assertNothingLost(args, WORDS[command] ?? []);
      }
    }, true)
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(message);
    })
    .example('$0 demo', '')
    .example('$0 rerank --query "capital of France" "Paris is a city." "Cats purr."', '')
    .epilogue(
      'Results go to stdout, everything else to stderr. Exit codes: 0 success, 1 a bug, 2 arguments or input, 3 numbers ' +
        'outside the tolerance of the reference, 4 model, hub or backend, 130 Ctrl-C.',
    );
}

/**
 * @param names of the command's positional arguments. yargs also accepts them as options, and then loses one of both.
 * @throws UsageError for such options, and for unexpected arguments after `--`, which yargs would ignore.
 */
function assertNothingLost(args: readonly string[], names: readonly string[]): void {
  const dashes = args.indexOf('--');
  const lost =
    args.find((arg) => names.some((name) => arg === `--${name}` || arg.startsWith(`--${name}=`))) ??
    (dashes === -1 ? undefined : args[dashes + 1]);
  if (lost !== undefined) {
    throw new UsageError(`Unknown argument: ${lost.replace(/^--/, '')}`);
  }
}

/** Brings errors of yargs, some with several lines, and our own inside it into one form; a bug stays unchanged. */
function asUsageError(error: unknown, args: readonly string[]): unknown {
  if (!(error instanceof UsageError || (error instanceof Error && error.name === 'YError'))) {
    return error;
  }
  const message = error.message.replace(/\s*\n\s*/g, ' ').trim();
  const command = args.find((arg) => COMMANDS.includes(arg));
  // Without a command, yargs reports an unknown command as an unknown argument.
  const said =
    command === undefined
      ? message.replace(/^Unknown argument: (?!-)/, 'Unknown command: ')
      : (sayNotOfCommand(message, command) ?? message);
  return new UsageError(`${said}\nHelp: ${[NAME, command, '--help'].filter(Boolean).join(' ')}`, {
    cause: error,
  });
}

/** The message for an option that only other commands have; yargs reports it under both of its names. */
function sayNotOfCommand(message: string, command: string): string | undefined {
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
  const option = unknown.find((name) => name in RUN_OPTIONS);
  return option && `${command} has no --${option}: that is for commands that run a model.`;
}
