import { isIP } from 'node:net';
import type { Settings } from '../settings.js';
import { HttpError } from './http-error.js';

const EVERY_ADDRESS = ['0.0.0.0', '::'];

/**
 * Without keys, any web page open in a browser on this machine could call this server: from another origin, or under a
 * name of its own that resolves to this address. Both are refused.
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
        ? 'The request has no Host header. Without API keys only /health answers such requests; send the header Host.'
        : `The host ${JSON.stringify(name.slice(0, 100))} is not this server's. Allow it with --allowed-host, or use API keys.`,
    );
  }
  const { corsOrigins } = settings;
  const sameOrigin = origin === undefined || origin.replace(/^https?:\/\//, '') === host;
  if (!sameOrigin && !corsOrigins.includes('*') && !corsOrigins.includes(origin)) {
    throw new HttpError(
      403,
      'forbidden',
      `Pages of ${JSON.stringify(origin.slice(0, 100))} may not call this server. Allow their origin with --cors-origin.`,
    );
  }
}

function isOwnHost(name: string, { host, allowedHosts }: Pick<Settings, 'host' | 'allowedHosts'>): boolean {
  if (allowedHosts.includes('*') || allowedHosts.includes(name) || name === host || name === 'localhost') {
    return true;
  }
  // An address, unlike a name, always means this machine. A server on every interface has many addresses.
  return name === '127.0.0.1' || name === '::1' || (EVERY_ADDRESS.includes(host) && isIP(name) !== 0);
}

/** The name in a Host header, without port and brackets. */
function hostname(host: string | undefined): string {
  return (host ?? '')
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}

/** Whether an address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}
