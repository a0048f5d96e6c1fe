import type { fetch as undiciFetch } from 'undici';
import { HubError } from '../errors/errors.js';
import type { Proxies } from './environment.js';

/** `fetch`, through a proxy where the environment asks for one. */
export type Fetch = typeof undiciFetch;

/** How requests leave this machine. */
export interface Transport {
  readonly fetch: Fetch;
  /** Which variable names the proxy for such addresses; nothing where they are reached directly. NO_PROXY aside. */
  proxyVariable(url: string): string | undefined;
  /** Closes the connections that are still open. */
  close(): Promise<void>;
}

/**
 * Node's own `fetch` obeys proxies only since Node 22.21 and 24.5, and only when asked: undici's does everywhere.
 *
 * As in Python and curl, each of HTTP_PROXY and HTTPS_PROXY is for its own kind of address. Plain HTTP is forwarded by
 * the proxy, HTTPS goes through a tunnel (CONNECT).
 *
 * @param connectTimeoutMs a connection that does not come about in so long is given up
 * @throws HubError for the address of a proxy that is none.
 */
export async function createTransport(proxies: Proxies, connectTimeoutMs: number): Promise<Transport> {
  const { Agent, EnvHttpProxyAgent, fetch } = await import('undici');
  const [httpProxy, httpsProxy] = [
    readProxy('HTTP_PROXY', proxies.http),
    readProxy('HTTPS_PROXY', proxies.https),
  ];
  // Bodies and headers are watched by whoever asks; zero is no limit of undici's own.
  const options = {
    ...{ headersTimeout: 0, bodyTimeout: 0 },
    connect: { timeout: connectTimeoutMs },
    proxyTls: { timeout: connectTimeoutMs },
  };
  const direct = new Agent(options);
  const proxied = new EnvHttpProxyAgent({
    ...{ ...options, proxyTunnel: false, noProxy: proxies.none },
    ...{ httpProxy: httpProxy ?? '', httpsProxy: httpsProxy ?? '' },
  });
  const proxyVariable = (url: string): string | undefined => {
    const isHttps = new URL(url).protocol === 'https:';
    if ((isHttps ? httpsProxy : httpProxy) === undefined) return undefined;
    return isHttps ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  };
  return {
    proxyVariable,
    fetch: (input, init) =>
      fetch(input, { ...init, dispatcher: proxyVariable(String(input)) === undefined ? direct : proxied }),
    close: async () => {
      await Promise.all([direct.destroy(), proxied.destroy()]);
    },
  };
}

function readProxy(name: string, given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const whole = given.includes('://') ? given : `http://${given}`;
  if (URL.canParse(whole) && /^https?:$/.test(new URL(whole).protocol)) return whole;
  // Not shown: it may hold a password.
  throw new HubError(
    `${name} must be the URL of an HTTP proxy, as http://proxy.example:3128 or http://USER:PASSWORD@proxy.example:3128.`,
    'unreachable',
  );
}
