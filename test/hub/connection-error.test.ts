import { expect, test } from 'vitest';
import { toConnectionError } from '../../dist/hub/connection-error.js';

function failed(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

/** As undici throws it on Node 20 and 24: the first address took too long, the second leads nowhere. */
const ADDRESSES = Object.assign(
  new AggregateError([
    failed('connect ETIMEDOUT 192.0.2.1:443', 'ETIMEDOUT'),
    failed('connect ENETUNREACH 2001:db8::1:443', 'ENETUNREACH'),
  ]),
  { code: 'ETIMEDOUT' },
);
const SELECTION = /NODE_OPTIONS=--network-family-autoselection-attempt-timeout=\d+$/;

test.each([
  [
    'addresses that took too long',
    ADDRESSES,
    'connect ETIMEDOUT 192.0.2.1:443; connect ENETUNREACH 2001:db8::1:443. ',
    SELECTION,
  ],
  [
    'a connection that took too long',
    failed('Connect Timeout Error (timeout: 10000ms)', 'UND_ERR_CONNECT_TIMEOUT'),
    'Connect Timeout Error',
    SELECTION,
  ],
  [
    'a certificate of nobody',
    failed('unable to get local issuer certificate', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'),
    'unable to get',
    /NODE_EXTRA_CA_CERTS=\S+$/,
  ],
  [
    'a certificate that is too old',
    failed('certificate has expired', 'CERT_HAS_EXPIRED'),
    'certificate has expired',
    /Check the network and HF_ENDPOINT\. If a proxy is needed, set HTTPS_PROXY\.$/,
  ],
  [
    'no such host',
    failed('getaddrinfo ENOTFOUND hub.example', 'ENOTFOUND'),
    'ENOTFOUND',
    /Check the network and HF_ENDPOINT/,
  ],
  ['an error without a text', failed('', 'ECONNRESET'), 'ECONNRESET', /Check the network/],
  ['no error at all', 'x', 'the reason is unknown', /Check the network/],
])('%s', (_, cause, why, mend) => {
  const error = toConnectionError(cause instanceof Error ? new TypeError('fetch failed', { cause }) : cause, {
    url: 'https://hub.example/api/models/a/b',
    hasAnswered: false,
    proxyVariable: undefined,
  });
  expect(error.reason).toBe('unreachable');
  expect(error.message).toMatch(/^https:\/\/hub\.example cannot be reached: /);
  expect(error.message).toContain(why);
  expect(error.message).toMatch(mend);
});
