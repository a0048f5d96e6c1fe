import type { fetch as undiciFetch } from 'undici';
import { HubError } from '../errors/errors.js';
import type { Proxies } from './environment.js';

/** `fetch`, through a proxy if the environment asks for one. */
export type Fetch = typeof undiciFetch;

/** How requests leave this machine. */
export interface Transport {
  readonly fetch: Fetch;
  /** The variable that names the proxy for such addresses; undefined if they are reached directly. NO_PROXY is ignored. */
  proxyVariable(url: string): string | undefined;
  /** Closes the connections that are still open. */
  close(): Promise<void>;
}

/**
 * A `fetch` that obeys proxies. Node's own does so only since 22.21 and 24.5, and only when asked; undici's does on
 * every Node.
 *
 * As in Python and curl, HTTP_PROXY and HTTPS_PROXY each serve their own kind of address. Plain HTTP is forwarded by
 * the proxy; HTTPS goes through a tunnel (CONNECT).
 *
 * @param connectTimeoutMs a connection that is not established within this time is given up
 * @throws HubError for an invalid address of a proxy.
 */
export async function createTransport(proxies: Proxies, connectTimeoutMs: number): Promise<Transport> {
  const { Agent, EnvHttpProxyAgent, fetch } = await import('undici');
  const [httpProxy, httpsProxy] = [
    readProxy('HTTP_PROXY', proxies.http),
    readProxy('HTTPS_PROXY', proxies.https),
  ];
  // The caller limits the time for headers and bodies; zero turns undici's own limits off.
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
  // The value is not shown, because it may contain a password.
  throw new HubError(
    `${name} must be the URL of an HTTP proxy, such as http://proxy.example:3128 or http://USER:PASSWORD@proxy.example:3128.`,
    'unreachable',
  );
}
