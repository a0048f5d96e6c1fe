import { createInterface } from 'node:readline/promises';
import { InputError } from '../../errors/errors.js';
import type { CachedModel } from '../../hub/cached-models.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { padToWidth } from '../format/display-width.js';
import { formatBytes, formatPlural } from '../format/format.js';
import { visibleLine } from '../format/visible.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { type Choose, type Cli, type OutputOptions, OWN_OPTIONS, text } from '../options.js';

/** Options of `models`, in addition to the common ones. */
export interface ModelsOptions extends OutputOptions {
  readonly action: 'list' | 'remove';
  readonly names: readonly string[];
  readonly format: 'table' | 'json';
  readonly yes: boolean;
}

/** `models`: the contents of the cache. */
export function addModelsCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'models [action] [names..]',
    'List the downloaded models with their sizes, or remove some',
    (command) =>
      command
        .positional('action', {
          choices: ['list', 'remove'] as const,
          default: 'list' as const,
          describe: 'list, or remove the named models',
        })
        .positional('names', {
          type: 'string',
          array: true,
          default: [] as string[],
          defaultDescription: 'none',
          describe: 'owner/name, or owner/name@revision for a single one of its revisions',
        })
        .option('format', {
          ...text,
          choices: ['table', 'json'] as const,
          default: 'table' as const,
          describe: 'table for people, or json',
        })
        .option('yes', {
          type: 'boolean',
          group: OWN_OPTIONS,
          default: false,
          describe: 'Remove without asking',
        })
        .example('$0 models', '')
        .example('$0 models remove BAAI/bge-reranker-base --yes', '')
        .epilogue(
          'The cache is that of pull, which Python programs share: HF_HUB_CACHE, else HF_HOME/hub, else ' +
            '~/.cache/huggingface/hub. "other" is a kind of model that does not run here, "incomplete" one with missing files.',
        ),
    (options) =>
      choose(options, (io) => (options.action === 'remove' ? remove(options, io) : list(options, io))),
  );
}

async function list({ names, format, quiet }: ModelsOptions, io: Io): Promise<number> {
  const { cache, models } = await findModels(names);
  if (format === 'json') {
    const answer = { cache, models: models.map(toJson) };
    await writeOut(io, `${JSON.stringify(answer, undefined, 2)}\n`);
    return EXIT.ok;
  }
  if (models.length === 0) {
    new Reporter(io, quiet).note(`No models are in ${cache}.`);
  } else {
    await writeOut(io, formatTable(models));
  }
  return EXIT.ok;
}

async function remove({ names, yes, format, quiet }: ModelsOptions, io: Io): Promise<number> {
  if (names.length === 0) throw new UsageError('Name the models to remove: models remove owner/name');
  const { cache, models } = await findModels(names);
  const { removeCachedModels } = await import('../../hub/cached-models.js');
  if (!yes) {
    const question = `${formatTable(models)}Remove ${formatPlural(models.length, 'model')}? [y/N] `;
    if (!(await confirm(question, io))) {
      new Reporter(io, quiet).note('Nothing was removed.');
      return EXIT.ok;
    }
  }
  const freedBytes = await removeCachedModels(cache, models);
  const answer =
    format === 'json'
      ? `${JSON.stringify({ removed: models.map(toJson), freed_bytes: freedBytes }, undefined, 2)}\n`
      : `Removed ${models.map(({ id, snapshot }) => `${id}@${snapshot}`).join(', ')}: ${formatBytes(freedBytes)} are free.\n`;
  await writeOut(io, answer);
  return EXIT.ok;
}

/** All models in the cache, or the named ones. @throws InputError for a name that is not in the cache */
async function findModels(names: readonly string[]): Promise<{ cache: string; models: CachedModel[] }> {
  const { readHubEnvironment } = await import('../../hub/environment.js');
  const { listCachedModels } = await import('../../hub/cached-models.js');
  const { cache } = readHubEnvironment();
  const all = await listCachedModels(cache);
  const chosen = new Set<CachedModel>();
  for (const name of names) {
    const [id, revision] = name.split(/@(.*)/s);
    const states = all.filter((model) => model.id === id);
    const named = states.filter(({ refs }) => revision === undefined || refs.includes(revision));
    const found =
      named.length === 0 && /^[0-9a-f]{7,40}$/.test(revision ?? '')
        ? states.filter(({ commit }) => commit?.startsWith(revision ?? ''))
        : named;
    if (found.length === 0)
      throw new InputError(`${name} is not in ${cache}; tfjs-reranker models lists its models.`);
    for (const model of found) chosen.add(model);
  }
  return { cache, models: names.length === 0 ? all : [...chosen] };
}

async function confirm(question: string, io: Io): Promise<boolean> {
  const input = io.stdin();
  if (!('isTTY' in input && input.isTTY)) {
    throw new UsageError('There is no terminal to ask for confirmation; use --yes to remove them.');
  }
  const terminal = createInterface({ input, output: io.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question, { signal: io.signal })).trim());
  } finally {
    terminal.close();
  }
}

function formatTable(models: readonly CachedModel[]): string {
  const rows = models.map(({ id, commit, refs, sizeBytes, lastUsed, state, folder }) => [
    id,
    refs.join(', ') || '-',
    commit?.slice(0, 8) ?? '-',
    formatBytes(sizeBytes).padStart(10),
    lastUsed.toISOString().slice(0, 10),
    state,
    folder,
  ]);
  const table = [['model', 'revision', 'commit', '      size', 'last used', 'state', 'folder'], ...rows].map(
    (row) => row.map((cell) => visibleLine(cell)),
  );
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => (row[column] as string).length))) ?? [];
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => padToWidth(cell, widths[column] as number))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function toJson({ id, commit, refs, sizeBytes, lastUsed, folder, state }: CachedModel): unknown {
  return {
    id,
    commit: commit ?? null,
    refs,
    size_bytes: sizeBytes,
    last_used: lastUsed.toISOString(),
    state,
    folder,
  };
}
