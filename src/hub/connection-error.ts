import { HubError } from '../errors/errors.js';

/** Codes that mean that Node does not know the signer of the certificate. */
const UNKNOWN_SIGNER = new Set([
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_GET_ISSUER_CERT'],
  ...['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_UNTRUSTED'],
]);
const TIMED_OUT = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT']);

/** A request that got no answer, or whose answer ended early. */
export interface BrokenRequest {
  readonly url: string;
  readonly hasAnswered: boolean;
  /** The environment variable that names the proxy for this address. */
  readonly proxyVariable: string | undefined;
}

/** The error for a failed connection: what went wrong, and what to do. */
export function toConnectionError(cause: unknown, request: BrokenRequest): HubError {
  const { url, hasAnswered, proxyVariable } = request;
  const { origin } = new URL(url);
  const why = reasonOf(cause);
  const what = hasAnswered ? `The connection to ${origin} broke` : `${origin} cannot be reached`;
  const through = proxyVariable === undefined ? '' : ` (through the proxy in ${proxyVariable})`;
  return new HubError(
    `${what}${through}: ${why ?? 'the reason is unknown'}. ${mend([...codesOf(cause)], why ?? '', request)}`,
    'unreachable',
    { cause },
  );
}

function mend(codes: readonly string[], why: string, { hasAnswered, proxyVariable }: BrokenRequest): string {
  if (codes.some((code) => UNKNOWN_SIGNER.has(code))) {
    return (
      'If a proxy or a virus scanner decrypts connections here, give Node its certificate: ' +
      'NODE_EXTRA_CA_CERTS=/path/to/its/ca.pem'
    );
  }
  if (proxyVariable !== undefined && /\b407\b/.test(why)) {
    return `The proxy asks for a user and a password: ${proxyVariable}=http://USER:PASSWORD@HOST:PORT`;
  }
  if (hasAnswered) return 'What was downloaded is kept; the next download continues from there.';
  if (codes.some((code) => TIMED_OUT.has(code))) {
    return (
      'Check the network. On a slow connection, allow more than 250 ms for each address of a host: ' +
      'NODE_OPTIONS=--network-family-autoselection-attempt-timeout=5000'
    );
  }
  return proxyVariable === undefined
    ? 'Check the network and HF_ENDPOINT. If a proxy is needed, set HTTPS_PROXY.'
    : `Check the network, HF_ENDPOINT and ${proxyVariable}; NO_PROXY lists hosts that are reached without it.`;
}

/** The message of an error's root cause; if several connections failed, the message of each. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return reasonOf(error.cause) ?? (error.message || (error as NodeJS.ErrnoException).code);
}

/** The codes of an error and of all its causes. */
function* codesOf(error: unknown): Generator<string> {
  if (!(error instanceof Error)) return;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined) yield code;
  if (error instanceof AggregateError) for (const one of error.errors) yield* codesOf(one);
  yield* codesOf(error.cause);
}
