import { EXIT, UsageError } from '../exit-codes.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { resolveModelFor } from '../load.js';
import {
  type Choose,
  type Cli,
  LOCK_FILE,
  MODEL_OPTIONS,
  type OutputOptions,
  OWN_OPTIONS,
} from '../options.js';

/** Options of `pull`, in addition to the common ones. */
export interface PullCommandOptions extends OutputOptions {
  readonly locked: boolean;
  readonly models: readonly string[];
  readonly lock: boolean;
}

/** `pull`: downloads models. */
export function addPullCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'pull <models..>',
    'Download models from the Hugging Face hub, or update them, and print their folders',
    (command) =>
      command
        .positional('models', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'owner/name or owner/name@revision (a branch, a tag or a commit), or a folder',
        })
        .option('lock', {
          type: 'boolean',
          group: OWN_OPTIONS,
          default: false,
          describe: `Write the commit and the sha256 of each file to ${LOCK_FILE}, for --locked`,
        })
        .option('locked', { ...MODEL_OPTIONS.locked, group: OWN_OPTIONS })
        .example('$0 pull BAAI/bge-reranker-base', '')
        .example('$0 pull BAAI/bge-reranker-v2-m3@main --lock', '')
        .epilogue(
          "Files go to the cache of Python's huggingface_hub, and Python programs find them there. HF_ENDPOINT is the hub, " +
            'HF_TOKEN your token, HF_HOME or HF_HUB_CACHE the place of the cache; HF_HUB_OFFLINE=1 sends no requests; ' +
            'HTTPS_PROXY, HTTP_PROXY and NO_PROXY are obeyed. An interrupted download continues where it stopped.',
        ),
    (options) => choose(options, (io) => pull(options, io)),
  );
}

async function pull({ models, lock, ...options }: PullCommandOptions, io: Io): Promise<number> {
  if (lock && options.locked)
    throw new UsageError('--lock writes the lock file, --locked checks against it; use only one of them.');
  const reporter = new Reporter(io, options.quiet);
  for (const model of models) {
    const resolved = await resolveModelFor({ ...options, model }, io, reporter, { update: true });
    const { name, revision, folder } = resolved;
    if (revision !== undefined) reporter.note(`${name}@${revision}`);
    if (options.locked) {
      const { assertLocked } = await import('../../hub/lock-file.js');
      reporter.status(() => `Hashing ${name}`);
      await assertLocked(LOCK_FILE, resolved);
    }
    if (lock) {
      const { writeLock } = await import('../../hub/lock-file.js');
      reporter.status(() => `Hashing ${name}`);
      await writeLock(LOCK_FILE, model, resolved);
      reporter.note(`${model} is in ${LOCK_FILE}`);
    }
    await writeOut(io, `${folder}\n`);
  }
  return EXIT.ok;
}
