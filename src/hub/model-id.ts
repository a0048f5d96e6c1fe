import { InputError } from '../errors/errors.js';

/** The name of a model on the hub, with a revision. */
export interface ModelId {
  /** `owner/name`. */
  readonly id: string;
  /** A branch, a tag or a commit; without one it is the branch `main`. */
  readonly revision: string;
}

const ID = /^([A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*)(?:@(.*))?$/;
const DEFAULT_REVISION = 'main';

/** Characters and forms that git forbids in the name of a branch or tag. A revision becomes a path in the cache. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: git forbids them
const NO_REVISION = /^$|^[/.-]|[\x00-\x20\x7f~^:?*[\\]|\.\.|\/\/|\/\.|@\{|\/$|\.$|\.lock(?:\/|$)/;

/**
 * Reads `owner/name` or `owner/name@revision`.
 *
 * @returns undefined for a text that is no name of the hub, for example a path.
 * @throws InputError for a revision that no branch, tag or commit can have.
 */
export function parseModelId(text: string): ModelId | undefined {
  const [, id, revision = DEFAULT_REVISION] = ID.exec(text) ?? [];
  if (id === undefined || id.includes('--') || id.includes('..') || /[.-](?:\/|$)/.test(id)) return undefined;
  if (NO_REVISION.test(revision)) {
    throw new InputError(
      `${JSON.stringify(text)}: the @ must be followed by a branch, a tag or a commit, as in ${id}@main.`,
    );
  }
  return { id, revision };
}

/** Whether a text is the full name of a commit, which always means the same state. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** A model that is on this machine. */
export interface ResolvedModel {
  /** Absolute path of a folder that exists and can be listed; its content was not checked. */
  readonly folder: string;
  /** `owner/name`, or the folder's name. */
  readonly name: string;
  /** The commit of a model of the hub, if known. */
  readonly revision: string | undefined;
  /** Resolves to this very state again: a folder, `owner/name@commit`, or undefined for the embedded model. */
  readonly reference: string | undefined;
}
