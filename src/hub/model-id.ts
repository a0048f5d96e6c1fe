import { InputError } from '../errors/errors.js';

/** A model on the hub, and which state of it. */
export interface ModelId {
  /** `owner/name`. */
  readonly id: string;
  /** A branch, a tag or a commit; without one the branch `main`. */
  readonly revision: string;
}

const ID = /^([A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*)(?:@(.*))?$/;
const DEFAULT_REVISION = 'main';

/** What git forbids in the name of a branch or tag; a revision becomes a path in the cache. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: git forbids them
const NO_REVISION = /^$|^[/.-]|[\x00-\x20\x7f~^:?*[\\]|\.\.|\/\/|\/\.|@\{|\/$|\.$|\.lock(?:\/|$)/;

/**
 * Reads `owner/name` or `owner/name@revision`.
 *
 * @returns nothing for a text that is no name of the hub: a path, for example.
 * @throws InputError for a revision that no branch, tag or commit can have.
 */
export function parseModelId(text: string): ModelId | undefined {
  const [, id, revision = DEFAULT_REVISION] = ID.exec(text) ?? [];
  if (id === undefined || id.includes('--') || id.includes('..') || /[.-](?:\/|$)/.test(id)) return undefined;
  if (NO_REVISION.test(revision)) {
    throw new InputError(
      `${JSON.stringify(text)}: after the @ stands a branch, a tag or a commit, as in ${id}@main.`,
    );
  }
  return { id, revision };
}

/** Whether a text is the whole name of a commit, which never means another state. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** A model that is here. */
export interface ResolvedModel {
  /** Absolute path of a folder that exists and can be listed; what is in it is not looked at. */
  readonly folder: string;
  /** `owner/name`, or the folder's name. */
  readonly name: string;
  /** The commit of a model of the hub, where that is known. */
  readonly revision: string | undefined;
  /** What means this very state when it is resolved again: a folder, `owner/name@commit`, nothing for the embedded. */
  readonly reference: string | undefined;
}
