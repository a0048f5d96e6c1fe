import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { BindingPackage } from './binding-package.js';
import { bindingFile } from './build-binding.js';
import { libraryNames } from './machine.js';

const stampSchema = z.object({
  /** Version of TensorFlow that its library reports. */
  tensorflow: z.string(),
  /** Folder of the libraries that the binding was built against. */
  libraries: z.string(),
  /** Whether the caller chose that folder or its wheel; otherwise it is the pinned one. */
  chosen: z.boolean(),
  gpu: z.boolean(),
  /** Folder of pip's CUDA libraries, if they were found. */
  nvidia: z.string().optional(),
  /** Version of the package with the binding's source. */
  tfjsNode: z.string(),
  nodeApi: z.number(),
  /** Version of the insertions into the source; 0 if they did not fit. */
  insertions: z.number(),
});

/** What a binding was built from. It is stored beside the binding; other bindings have none. */
export type Stamp = z.output<typeof stampSchema>;

/** The inputs that a run of setup-native would use. */
export interface Wanted {
  /** The folder of TensorFlow's libraries. */
  readonly libraries: string;
  /** Whether the caller chose it. Without a choice, an earlier choice is kept. */
  readonly chosen: boolean;
  readonly gpu: boolean;
  readonly nvidia: string | undefined;
  /** Version of the insertions that fit into the package's source. */
  readonly insertions: number;
}

/** The state of a package: no binding, one built by setup-native, or one built by something else. */
export type Installed =
  | { readonly kind: 'none' | 'foreign' }
  | { readonly kind: 'ours'; readonly stamp: Stamp };

function stampFile(folder: string, nodeApi: number): string {
  return path.join(folder, path.dirname(bindingFile(nodeApi)), 'tfjs-reranker.json');
}

/** @param folder the package's, or one with the same layout. */
export async function writeStamp(folder: string, stamp: Stamp): Promise<void> {
  await writeFile(stampFile(folder, stamp.nodeApi), `${JSON.stringify(stamp, undefined, 2)}\n`);
}

/** Reads the state of a package. A stamp that cannot be read counts as missing. */
export async function readInstalled({ folder, nodeApi }: BindingPackage): Promise<Installed> {
  if (!existsSync(path.join(folder, bindingFile(nodeApi)))) {
    return { kind: 'none' };
  }
  const text = await readFile(stampFile(folder, nodeApi), 'utf8').catch(() => 'null');
  const parsed = stampSchema.safeParse(parseJson(text));
  return parsed.success ? { kind: 'ours', stamp: parsed.data } : { kind: 'foreign' };
}

/** Whether building a binding again would give the same, and its libraries still exist. */
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
