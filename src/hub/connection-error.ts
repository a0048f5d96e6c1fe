import { HubError } from '../errors/errors.js';

/** Node does not know who signed the certificate. */
const UNKNOWN_SIGNER = new Set([
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_GET_ISSUER_CERT'],
  ...['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_UNTRUSTED'],
]);
const TIMED_OUT = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT']);

/** A request that got no answer, or one that ended early. */
export interface BrokenRequest {
  readonly url: string;
  readonly hasAnswered: boolean;
  /** The variable that names a proxy for this address. */
  readonly proxyVariable: string | undefined;
}

/** What went wrong with a connection, and what to do. */
export function toConnectionError(cause: unknown, request: BrokenRequest): HubError {
  const { url, hasAnswered, proxyVariable } = request;
  const { origin } = new URL(url);
  const why = reasonOf(cause);
  const what = hasAnswered ? `The connection to ${origin} broke` : `${origin} cannot be reached`;
  const through = proxyVariable === undefined ? '' : ` (by the proxy of ${proxyVariable})`;
  return new HubError(
    `${what}${through}: ${why ?? 'no reason is known'}. ${mend([...codesOf(cause)], why ?? '', request)}`,
    'unreachable',
    { cause },
  );
}

function mend(codes: readonly string[], why: string, { hasAnswered, proxyVariable }: BrokenRequest): string {
  if (codes.some((code) => UNKNOWN_SIGNER.has(code))) {
    return (
      'If a proxy or a virus scanner opens the connections here, tell Node its certificate: ' +
      'NODE_EXTRA_CA_CERTS=/path/to/its/ca.pem'
    );
  }
  if (proxyVariable !== undefined && /\b407\b/.test(why)) {
    return `The proxy wants to know who asks: ${proxyVariable}=http://USER:PASSWORD@HOST:PORT`;
  }
  if (hasAnswered) return 'What came stays: the next download goes on from there.';
  if (codes.some((code) => TIMED_OUT.has(code))) {
    return (
      'Check the network. On a slow line give each address of a host more than 250 ms: ' +
      'NODE_OPTIONS=--network-family-autoselection-attempt-timeout=5000'
    );
  }
  return proxyVariable === undefined
    ? 'Check the network and HF_ENDPOINT; a proxy is named by HTTPS_PROXY.'
    : `Check the network, HF_ENDPOINT and ${proxyVariable}; NO_PROXY names hosts that are reached without.`;
}

/** What the root of an error says; where several connections failed, what each says. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return reasonOf(error.cause) ?? (error.message || (error as NodeJS.ErrnoException).code);
}

/** The codes of an error and of all that caused it. */
function* codesOf(error: unknown): Generator<string> {
  if (!(error instanceof Error)) return;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined) yield code;
  if (error instanceof AggregateError) for (const one of error.errors) yield* codesOf(one);
  yield* codesOf(error.cause);
}
