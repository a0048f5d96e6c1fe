import { HubError } from '../errors.js';

/** What a request was for, so that its failure can be told. */
export interface RequestPurpose {
  /** `owner/name`. */
  readonly id: string;
  readonly revision: string;
  /** Base URL of the hub. */
  readonly endpoint: string;
  readonly hasToken: boolean;
}

const TOKEN = 'HF_TOKEN, or the file that `hf auth login` writes';

/** What an answer that is no success means, and what to do. */
export function toHubError(response: Response, purpose: RequestPurpose): HubError {
  const { id, revision, endpoint, hasToken } = purpose;
  const { status, headers } = response;
  const code = headers.get('X-Error-Code');
  const said = headers.get('X-Error-Message');
  const page = `${endpoint}/${id}`;
  if (code === 'RevisionNotFound') {
    return new HubError(
      `${id} has no revision ${JSON.stringify(revision)}. Give a branch, a tag or a commit that ${page} has.`,
      'not_found',
    );
  }
  if (code === 'EntryNotFound') {
    return new HubError(`${id}@${revision} has lost a file that was listed: try again.`, 'not_found');
  }
  if (code === 'GatedRepo' || (status === 403 && code === null)) {
    return new HubError(
      hasToken
        ? `${id} is gated, and the token's account may not read it. Ask for access on ${page}, and see that the ` +
            'token has the right to read gated models.'
        : `${id} is gated. Accept its terms on ${page}, make a token there, and give it by ${TOKEN}.`,
      'access',
    );
  }
  if (status === 401 && /invalid credentials/i.test(said ?? '')) {
    return new HubError(
      `The hub does not take the token (${TOKEN}): it is wrong or has expired. Give a new one; public models need none.`,
      'access',
    );
  }
  if (status === 404 || status === 401) {
    const token = hasToken ? 'the token may not see it' : `there is no token (${TOKEN})`;
    return new HubError(
      `${id} is no folder here and no model of the hub at ${endpoint}; or it is private, and ${token}.`,
      'not_found',
    );
  }
  if (status === 403) {
    return new HubError(`The hub refuses ${id}: ${said ?? 'status 403'}. See ${page}.`, 'access');
  }
  if (status === 429) {
    const retryAfterMs = readRetryAfter(headers);
    const when = retryAfterMs === undefined ? 'in some minutes' : `in ${Math.ceil(retryAfterMs / 1000)} s`;
    const more = hasToken ? '' : ` With a token (${TOKEN}) the hub takes more.`;
    return new HubError(
      `The hub takes no more requests for now. Try again ${when}; what is downloaded stays.${more}`,
      'rate_limited',
      { retryAfterMs },
    );
  }
  return new HubError(
    `The hub at ${endpoint} fails: status ${status}${said === null ? '' : ` (${said})`}.`,
    'unreachable',
  );
}

/** What a request that got no answer means, or an answer that ended early. */
export function toConnectionError(cause: unknown, url: string, hasAnswered: boolean): HubError {
  const { origin } = new URL(url);
  const reasons = [cause, (cause as { cause?: unknown })?.cause];
  const [why] = reasons
    .reverse()
    .filter((reason) => reason instanceof Error)
    .map(({ message, code }: Error & { code?: string }) => message || code);
  const what = hasAnswered ? `The connection to ${origin} broke` : `${origin} cannot be reached`;
  const mend = hasAnswered
    ? 'What came stays: the next download goes on from there.'
    : 'Check the network and HF_ENDPOINT; behind a proxy, Node 22.21 and later obey NODE_USE_ENV_PROXY=1.';
  return new HubError(`${what}: ${why ?? 'no reason is known'}. ${mend}`, 'unreachable', { cause });
}

/** Milliseconds until requests are taken again: of `Retry-After`, or of the hub's own `RateLimit: "api";r=0;t=55`. */
function readRetryAfter(headers: Headers): number | undefined {
  const after = headers.get('Retry-After') ?? /\bt=(\d+)/.exec(headers.get('RateLimit') ?? '')?.[1];
  if (after === undefined) return undefined;
  const seconds = Number(after);
  const ms = Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
