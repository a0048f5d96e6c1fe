import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { NativeSetupError } from '../../errors/errors.js';
import { type RunProgram, tellingLine } from './run-program.js';

/** The package with the source of the binding; TensorFlow.js loads the built binding from its `lib`. */
export const BINDING_PACKAGE = '@tensorflow/tfjs-node-gpu';

/** An installed {@link BINDING_PACKAGE}. */
export interface BindingPackage {
  /** Absolute, links resolved. */
  readonly folder: string;
  readonly version: string;
  /** The number N of `lib/napi-vN`, where this Node looks for the binding. */
  readonly nodeApi: number;
}

interface PackageJson {
  readonly version: string;
  readonly binary: { readonly napi_versions: readonly number[] };
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** The folder of this package, three levels above dist/tools/native/. */
export const OURS = fileURLToPath(new URL('../../..', import.meta.url));

/** The installed package that TensorFlow.js would load here; undefined without one. */
export function findBindingPackage(): BindingPackage | undefined {
  let manifest: string;
  try {
    manifest = createRequire(import.meta.url).resolve(`${BINDING_PACKAGE}/package.json`);
  } catch {
    return undefined;
  }
  const { version, binary } = readJson(manifest);
  const usable = binary.napi_versions.filter((napi) => napi <= Number(process.versions.napi));
  return { folder: path.dirname(manifest), version, nodeApi: Math.max(...usable) };
}

/**
 * Installs the package into the project that has tfjs-reranker among its node_modules, as one of its dependencies, so
 * that the next `npm install` does not remove it. Its scripts are not run: they would download an old TensorFlow.
 *
 * @param ours the folder of tfjs-reranker.
 * @returns the project's folder.
 * @throws NativeSetupError if the project is not managed by npm, or npm fails.
 */
export async function installBindingPackage(
  ours: string,
  run: RunProgram,
  signal: AbortSignal,
): Promise<string> {
  const wanted = `${BINDING_PACKAGE}@${readJson(path.join(ours, 'package.json')).peerDependencies[BINDING_PACKAGE]}`;
  const project = projectOf(ours);
  const byHand = `${wanted} is not installed. Install it without its scripts, then run setup-native again:`;
  if (project === undefined) {
    throw new NativeSetupError(
      `${byHand} in a checkout npm ci, globally npm install -g --ignore-scripts ${wanted}`,
    );
  }
  const other = ['pnpm-lock.yaml', 'yarn.lock', 'bun.lock'].find((file) =>
    existsSync(path.join(project, file)),
  );
  if (other !== undefined) {
    throw new NativeSetupError(`${byHand} ${project} has a ${other}, so npm must not touch it.`);
  }
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', wanted];
  const answer = await run('npm', args, { cwd: project, signal });
  if (answer?.code !== 0) {
    throw new NativeSetupError(
      `npm could not install ${wanted} in ${project}: ` +
        `${answer === undefined ? 'there is no npm' : tellingLine(answer.stderr, /npm (ERR!|error)/)}\n${byHand} npm ${args.join(' ')}`,
      { cause: new Error(answer?.stderr) },
    );
  }
  return project;
}

/** The folder with the outermost node_modules above a package; undefined if it is not an npm project. */
export function projectOf(folder: string): string | undefined {
  const parts = folder.split(path.sep);
  const at = parts.indexOf('node_modules');
  const project = parts.slice(0, at).join(path.sep);
  return at > 0 && existsSync(path.join(project, 'package.json')) ? project : undefined;
}

/** How this command line is started on this machine. */
export function commandLine(command: string): string {
  const installed = OURS.split(path.sep).includes('node_modules');
  return installed ? `npx tfjs-reranker ${command}` : `node dist/cli/main.js ${command}`;
}

/** Folder of the headers of Node-API. */
export function nodeApiHeaders(): string {
  return path.join(
    path.dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')),
    'include',
  );
}

function readJson(file: string): PackageJson {
  return JSON.parse(readFileSync(file, 'utf8')) as PackageJson;
}
