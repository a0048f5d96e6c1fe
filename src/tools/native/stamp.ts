import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { BindingPackage } from './binding-package.js';
import { bindingFile } from './build-binding.js';
import { libraryNames } from './machine.js';

const stampSchema = z.object({
  /** Version of TensorFlow, as its library says. */
  tensorflow: z.string(),
  /** Folder of the libraries that the binding was built against. */
  libraries: z.string(),
  /** Whether the caller chose that folder or its wheel; else it is the pinned one. */
  chosen: z.boolean(),
  gpu: z.boolean(),
  /** Folder of pip's CUDA libraries, where they were found. */
  nvidia: z.string().optional(),
  /** Version of the package whose binding it is. */
  tfjsNode: z.string(),
  nodeApi: z.number(),
  /** Version of what was inserted into the source; 0 when it took nothing. */
  insertions: z.number(),
});

/** What a binding was built from. It lies beside the binding, and tells it from one that others built. */
export type Stamp = z.output<typeof stampSchema>;

/** What a run of setup-native asks for. */
export interface Wanted {
  /** The folder of TensorFlow's libraries. */
  readonly libraries: string;
  /** Whether the caller chose it. Without a choice an earlier one holds. */
  readonly chosen: boolean;
  readonly gpu: boolean;
  readonly nvidia: string | undefined;
  /** Version of what can be inserted into the package's source. */
  readonly insertions: number;
}

/** The state of a package: no binding, one that setup-native built, or one that it did not. */
export type Installed =
  | { readonly kind: 'none' | 'foreign' }
  | { readonly kind: 'ours'; readonly stamp: Stamp };

function stampFile(folder: string, nodeApi: number): string {
  return path.join(folder, path.dirname(bindingFile(nodeApi)), 'tfjs-reranker.json');
}

/** @param folder that of the package, or one that is laid out like it. */
export async function writeStamp(folder: string, stamp: Stamp): Promise<void> {
  await writeFile(stampFile(folder, stamp.nodeApi), `${JSON.stringify(stamp, undefined, 2)}\n`);
}

/** Looks at what a package has. A stamp that cannot be read is none. */
export async function readInstalled({ folder, nodeApi }: BindingPackage): Promise<Installed> {
  if (!existsSync(path.join(folder, bindingFile(nodeApi)))) {
    return { kind: 'none' };
  }
  const text = await readFile(stampFile(folder, nodeApi), 'utf8').catch(() => 'null');
  const parsed = stampSchema.safeParse(parseJson(text));
  return parsed.success ? { kind: 'ours', stamp: parsed.data } : { kind: 'foreign' };
}

/** Whether a binding is what building it again would give, its libraries still there. */
export function isUpToDate(
  stamp: Stamp,
  wanted: Wanted,
  { folder, version, nodeApi }: BindingPackage,
  platform: NodeJS.Platform,
): boolean {
  const sameLibraries = stamp.libraries === wanted.libraries || (stamp.chosen && !wanted.chosen);
  return (
    sameLibraries &&
    stamp.gpu === wanted.gpu &&
    stamp.nvidia === wanted.nvidia &&
    stamp.tfjsNode === version &&
    stamp.nodeApi === nodeApi &&
    stamp.insertions === wanted.insertions &&
    libraryNames(platform).every((name) => existsSync(path.join(folder, 'deps/lib', name)))
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
