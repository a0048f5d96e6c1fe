import yargs from 'yargs';
import { packageVersion } from '../server/package-version.js';
import { addBenchCommand } from './commands/bench.js';
import { addConvertCommand } from './commands/convert.js';
import { addDemoCommand } from './commands/demo.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addInspectCommand } from './commands/inspect.js';
import { addModelsCommand } from './commands/models.js';
import { addPullCommand } from './commands/pull.js';
import { addRerankCommand } from './commands/rerank.js';
import { addScoreCommand } from './commands/score.js';
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
  'score',
  'tokenize',
  'inspect',
  'trace',
  'serve',
  'verify',
  'bench',
  'convert',
  'demo',
  'pull',
  'models',
  'setup-native',
  'doctor',
];

/** Commands whose words are documents. */
const HAVE_DOCUMENTS = ['rerank', 'inspect'];

/** What other commands call their words. */
const WORDS: Readonly<Record<string, readonly string[]>> = { models: ['action', 'names'], pull: ['models'] };

/** What a command line asks for: something to do, or a text (help, the version) to print. */
export type Parsed =
  | { readonly kind: 'run'; readonly run: Run; readonly options: OutputOptions }
  | { readonly kind: 'text'; readonly text: string };

/**
 * Reads the command line; nothing is run or printed.
 *
 * @throws UsageError with one line on what is wrong and one on where help is.
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
    addScoreCommand,
    addTokenizeCommand,
    addInspectCommand,
    addTraceCommand,
    addServeCommand,
    addVerifyCommand,
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
    .locale('en') // messages and tests are the same everywhere
    .parserConfiguration({
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .version(packageVersion())
    .help()
    .wrap(Math.min(columns, 110))
    .demandCommand(1, 1, `There is no command; it is one of ${COMMANDS.join(', ')}.`)
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
      'Results go to stdout, all else to stderr. Exit codes: 0 fine, 1 a bug, 2 arguments or input, 3 numbers ' +
        'farther from the reference than the tolerance, 4 model, hub or backend, 130 Ctrl-C.',
    );
}

/**
 * @param names of the command's words: yargs takes them as options too, and then one of both is lost without a word.
 * @throws UsageError for those, and for what stands behind `--`, which yargs would leave out.
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

/** yargs's own errors, some over several lines, and ours from within it become one form; a bug stays what it is. */
function asUsageError(error: unknown, args: readonly string[]): unknown {
  if (!(error instanceof UsageError || (error instanceof Error && error.name === 'YError'))) {
    return error;
  }
  const message = error.message.replace(/\s*\n\s*/g, ' ').trim();
  const command = args.find((arg) => COMMANDS.includes(arg));
  // Without a command, yargs takes a word that should be one for an argument.
  const said =
    command === undefined
      ? message.replace(/^Unknown argument: (?!-)/, 'Unknown command: ')
      : (sayNotOfCommand(message, command) ?? message);
  return new UsageError(`${said}\nHelp: ${[NAME, command, '--help'].filter(Boolean).join(' ')}`, {
    cause: error,
  });
}

/** An option that other commands have; yargs names it under both of its names. */
function sayNotOfCommand(message: string, command: string): string | undefined {
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
  const option = unknown.find((name) => name in RUN_OPTIONS);
  return option && `${command} has no --${option}: that is for commands that run a model.`;
}
