import { HubError } from '../errors/errors.js';

/** The purpose of a request, for the message if it fails. */
export interface RequestPurpose {
  /** `owner/name`. */
  readonly id: string;
  readonly revision: string;
  /** Base URL of the hub that answers; if a mirror redirects to another hub, of that one. */
  readonly endpoint: string;
  readonly hasToken: boolean;
}

/** An answer that reports a failure. */
export interface FailedAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** The server's own explanation. */
  readonly said: string | undefined;
}

const TOKEN = 'HF_TOKEN, or the file that `hf auth login` writes';

/** The error for a failed request: what it means, and what to do. */
export function toHubError(answer: FailedAnswer, purpose: RequestPurpose): HubError {
  const { id, revision, endpoint, hasToken } = purpose;
  const { status, headers, said = '' } = answer;
  const code = headers.get('X-Error-Code');
  const page = `${endpoint}/${id}`;
  if (code === 'RevisionNotFound') {
    return new HubError(
      `${id} has no revision ${JSON.stringify(revision)}. Give a branch, a tag or a commit that ${page} has.`,
      'not_found',
    );
  }
  if (code === 'EntryNotFound') {
    return new HubError(`${id}@${revision} no longer has a file that it listed; try again.`, 'not_found');
  }
  if (code === 'GatedRepo') {
    return new HubError(
      hasToken
        ? `${id} is gated, and the token's account may not read it. Ask for access on ${page}, and check that the ` +
            'token has the right to read gated models.'
        : `${id} is gated. Accept its terms on ${page}, create a token there, and provide it in ${TOKEN}.`,
      'access',
    );
  }
  if ((status === 401 || status === 403) && /\bexpired\b/i.test(said)) {
    return new HubError(
      `The token (${TOKEN}) has expired. Create a new one on ${endpoint}/settings/tokens; public models need none.`,
      'access',
    );
  }
  if (status === 401 && /invalid credentials/i.test(said)) {
    return new HubError(
      `The hub does not accept the token (${TOKEN}): it is wrong or has expired. Use a new one; public models need none.`,
      'access',
    );
  }
  if (status === 404 || status === 401) {
    const token = hasToken ? 'the token may not see it' : `there is no token (${TOKEN})`;
    return new HubError(
      `${id} is neither a folder nor a model of the hub at ${endpoint}; or it is private, and ${token}.`,
      'not_found',
      { status },
    );
  }
  if (status === 403) {
    return new HubError(
      `The hub at ${endpoint} refuses ${id}: ${said || 'status 403'}. See ${page}. The refusal ` +
        'may also come from something between here and there, such as a proxy or a firewall.',
      'access',
    );
  }
  if (status === 429) return toBusyError(`The hub at ${endpoint}`, answer, hasToken);
  return toFailure(`The hub at ${endpoint}`, answer);
}

/** The error for a failed request to a host to which the hub redirected for a file's content. */
export function toStorageHostError(origin: string, answer: FailedAnswer): HubError {
  const who = `${origin}, which stores the file for the hub,`;
  return answer.status === 429 ? toBusyError(who, answer, true) : toFailure(who, answer);
}

function toBusyError(who: string, { status, headers }: FailedAnswer, hasToken: boolean): HubError {
  const retryAfterMs = readRetryAfter(headers);
  return new HubError(
    `${who} accepts no more requests for now (status ${status})${describeWait(retryAfterMs)}. What was downloaded is kept.` +
      `${hasToken ? '' : ` With a token (${TOKEN}) the hub accepts more.`}`,
    'rate_limited',
    { status, retryAfterMs },
  );
}

function toFailure(who: string, { status, headers, said }: FailedAnswer): HubError {
  const retryAfterMs = status === 503 ? readRetryAfter(headers) : undefined;
  const what = said === undefined ? '' : ` (${said})`;
  return new HubError(`${who} fails: status ${status}${what}${describeWait(retryAfterMs)}.`, 'unreachable', {
    status,
    retryAfterMs,
  });
}

function describeWait(retryAfterMs: number | undefined): string {
  return retryAfterMs === undefined ? '' : ` and asks you to wait ${Math.ceil(retryAfterMs / 1000)} s`;
}

/** Milliseconds until requests are accepted again: from `Retry-After`, or the hub's own `RateLimit: "api";r=0;t=55`. */
function readRetryAfter(headers: FailedAnswer['headers']): number | undefined {
  const after = headers.get('Retry-After') ?? /\bt=(\d+)/.exec(headers.get('RateLimit') ?? '')?.[1];
  if (after === undefined) return undefined;
  const seconds = Number(after);
  const ms = Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
