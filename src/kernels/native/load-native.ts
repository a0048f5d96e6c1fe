import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';

/** The packages that load TensorFlow's C library into Node, the one with GPU support first. */
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/**
 * Loads tfjs-node's binding, which registers the backend "tensorflow".
 *
 * @returns one line about what was loaded.
 * @throws Error when no package has a built binding; its first line says what is missing.
 */
export async function loadNativeBackend(): Promise<string> {
  const require = createRequire(import.meta.url);
  const found = PACKAGES.map((name) => ({ name, folder: findPackage(require, name) }));
  const built = found.find(({ folder }) => folder !== undefined && hasBinding(folder));
  if (built === undefined) {
    const installed = found.filter(({ folder }) => folder !== undefined).map(({ name }) => name);
    throw new Error(
      installed.length === 0
        ? `neither ${PACKAGES.join(' nor ')} is installed (\`tfjs-reranker setup-native\` brings it)`
        : `the native binding of ${installed.join(' and ')} is not built (\`tfjs-reranker setup-native\` builds it)`,
    );
  }
  restoreRemovedUtil();
  const tfjsNode = (await import(built.name)) as { version: Record<string, string> };
  return `TensorFlow's C library through ${built.name} ${tfjsNode.version['tfjs-node'] ?? ''}`.trimEnd();
}

function findPackage(require: NodeJS.Require, name: string): string | undefined {
  try {
    return path.dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** Checks for the binding first: importing a package without it takes most of a second before it fails. */
function hasBinding(folder: string): boolean {
  const lib = path.join(folder, 'lib');
  return (
    existsSync(lib) && readdirSync(lib).some((napi) => existsSync(path.join(lib, napi, 'tfjs_binding.node')))
  );
}

/** tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 23 removed. */
function restoreRemovedUtil(): void {
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
}
