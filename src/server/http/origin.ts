import { isIP } from 'node:net';
import type { Settings } from '../settings.js';
import { HttpError } from './http-error.js';

const EVERY_ADDRESS = ['0.0.0.0', '::'];

/**
 * Where there are no keys, any web page that a browser here opens could call this server: by its address from another
 * origin, or by a name of the page's own that resolves to it. Both are refused.
 *
 * @throws HttpError 403.
 */
export function assertOwnOrigin(
  { host, origin }: { readonly host: string | undefined; readonly origin: string | undefined },
  settings: Pick<Settings, 'host' | 'allowedHosts' | 'corsOrigins'>,
): void {
  const name = hostname(host);
  if (!isOwnHost(name, settings)) {
    throw new HttpError(
      403,
      'forbidden',
      name === ''
        ? 'The request names no host; without API keys only /health is answered then. Send the header Host.'
        : `The host ${JSON.stringify(name.slice(0, 100))} is not this server's; it can be allowed by --allowed-host, or use API keys.`,
    );
  }
  const { corsOrigins } = settings;
  const sameOrigin = origin === undefined || origin.replace(/^https?:\/\//, '') === host;
  if (!sameOrigin && !corsOrigins.includes('*') && !corsOrigins.includes(origin)) {
    throw new HttpError(
      403,
      'forbidden',
      `Pages of ${JSON.stringify(origin.slice(0, 100))} may not call; their origin can be allowed by --cors-origin.`,
    );
  }
}

function isOwnHost(name: string, { host, allowedHosts }: Pick<Settings, 'host' | 'allowedHosts'>): boolean {
  if (allowedHosts.includes('*') || allowedHosts.includes(name) || name === host || name === 'localhost') {
    return true;
  }
  // An address cannot be made to mean another machine, as a name can; one of every interface has many.
  return name === '127.0.0.1' || name === '::1' || (EVERY_ADDRESS.includes(host) && isIP(name) !== 0);
}

/** The name in a Host header, without port and brackets. */
function hostname(host: string | undefined): string {
  return (host ?? '')
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}

/** Whether an address that a server listens on is for this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}
