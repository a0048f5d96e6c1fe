import { describe, expect, test } from 'vitest';
import { HubError } from '../../dist/errors/errors.js';
import { readHubEnvironment } from '../../dist/hub/environment.js';
import { pullModel } from '../../dist/hub/pull.js';
import type { PullOptions } from '../../dist/hub/pull-options.js';
import { TOKENS } from '../support/fake-hub.js';
import { hubFixture, plainFiles } from '../support/hub-fixture.js';

const ID = 'owner/name';
/** Servers ask for whole seconds; a test does not wait so long. */
const BRIEFLY = { 'Retry-After': '0.5' };

/** Pulls, and records why it was retried. */
async function pull(options: PullOptions = {}): Promise<string[]> {
  const notes: string[] = [];
  await pullModel({ id: ID, revision: 'main' }, readHubEnvironment(), {
    retryDelayMs: 1,
    onDownloadProgress: ({ state, detail }) => state === 'retrying' && notes.push(detail),
    ...options,
  });
  return notes;
}

async function failure(options?: PullOptions): Promise<HubError> {
  const error: unknown = await pull(options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(HubError);
  return error as HubError;
}

describe('a hub that is busy', () => {
  test.each([
    [429, /^The hub at http:.* accepts no more requests for now \(status 429\) and asks you to wait 1 s\./],
    [503, /^The hub at http:.* fails: status 503 and asks you to wait 1 s\.$/],
  ])('gets the pause that it asks for, at the listing: %i', async (status, why) => {
    const { hub } = await hubFixture();
    hub.push(ID, plainFiles());
    hub.overrides.set('/revision/', { status, headers: BRIEFLY, times: 1 });
    hub.overrides.set('/tree/', { status, headers: BRIEFLY, times: 1 });
    const startedAt = performance.now();
    const notes = await pull();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1000);
    expect(notes).toEqual([expect.stringMatching(why), expect.stringMatching(why)]);
  });

  test('also within a file, by the hub and by the host of the files', async () => {
    const { hub } = await hubFixture({ HF_TOKEN: TOKENS.friend });
    const files = plainFiles();
    hub.push(ID, files);
    hub.fault = (name, attempt) => {
      if (name !== 'model.safetensors') return undefined;
      if (attempt === 1) return { cutAfter: 120_000 };
      hub.overrides.set('/resolve/', {
        status: 429,
        headers: { ...BRIEFLY, RateLimit: '"resolvers";r=0;t=300' },
        times: 1,
      });
      return attempt === 2 ? { status: 503, headers: BRIEFLY } : undefined;
    };
    const startedAt = performance.now();
    const notes = await pull();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1000);
    expect(notes).toEqual([
      expect.stringContaining('The connection to http://127.0.0.1'),
      expect.stringMatching(/which stores the file for the hub, fails: status 503 and asks you to wait 1 s/),
      expect.stringMatching(
        /^The hub at .* accepts no more requests for now .*What was downloaded is kept\.$/,
      ),
    ]);
    expect(hub.contentRequests('model.safetensors').at(-1)?.range).toMatch(/^bytes=\d{2,}-$/);
  });

  test.each([
    ['/revision/', 429, 'rate_limited'],
    ['/tree/', 503, 'unreachable'],
    ['/resolve/', 429, 'rate_limited'],
  ])('%s is asked at most five times: %i', async (part, status, reason) => {
    const { hub } = await hubFixture();
    hub.push(ID, plainFiles());
    hub.overrides.set(part, { status });
    expect(await failure()).toMatchObject({ reason, status, retryAfterMs: undefined });
    expect(hub.requests.filter(({ path: asked }) => asked.includes(part)).length).toBe(5);
  });

  test.each([
    [{ 'Retry-After': '3600' }, 3_600_000],
    [{ RateLimit: '"api";r=0;t=3000', 'RateLimit-Policy': '"fixed window";"api";q=500;w=3000' }, 3_000_000],
  ])('that asks for too long a pause is an error at once: %j', async (headers, retryAfterMs) => {
    const { hub } = await hubFixture();
    hub.push(ID, plainFiles());
    hub.overrides.set('/api/', { status: 429, headers });
    const error = await failure();
    expect(error).toMatchObject({ reason: 'rate_limited', retryAfterMs });
    expect(error.message).toContain(
      `asks you to wait ${retryAfterMs / 1000} s. What was downloaded is kept. With a token`,
    );
    expect(hub.requests.length).toBe(1);
  });

  test('an abort ends the waiting', async () => {
    const { hub } = await hubFixture();
    hub.push(ID, plainFiles());
    hub.overrides.set('/api/', { status: 429, headers: { 'Retry-After': '500' } });
    const controller = new AbortController();
    const why = new Error('enough');
    const onDownloadProgress = (): void => controller.abort(why);
    await expect(pull({ signal: controller.signal, onDownloadProgress })).rejects.toBe(why);
  });
});

describe('a refusal', () => {
  test.each([
    [403, {}, '', 'refuses owner/name: status 403.'],
    [
      403,
      { 'X-Error-Message': 'Access to this resource is disabled.' },
      '',
      'refuses owner/name: Access to this',
    ],
    [
      403,
      { 'Content-Type': 'application/json' },
      '{"error": "not\\u001b[31m today"}',
      'refuses owner/name: not [31m today',
    ],
    [403, { 'X-Error-Code': 'GatedRepo' }, '', 'owner/name is gated'],
    [
      401,
      { 'X-Error-Message': 'User Access Token "laptop" is expired' },
      '',
      /^The token \(HF_TOKEN.* has expired\. Create a new one on http:/,
    ],
    [
      401,
      { 'Content-Type': 'application/json' },
      '{"error": "Access token has expired"}',
      'has expired. Create a new one',
    ],
    [
      401,
      { 'X-Error-Message': 'Invalid credentials in Authorization header' },
      '',
      'it is wrong or has expired',
    ],
  ] as const)('%i %j %s', async (status, headers, body, message) => {
    const { hub } = await hubFixture({ HF_TOKEN: TOKENS.friend });
    hub.push(ID, plainFiles());
    for (const part of ['/revision/', '/resolve/']) {
      hub.overrides.clear();
      hub.overrides.set(part, { status, headers, body });
      const error = await failure();
      expect(error.reason).toBe('access');
      expect(error.message).toMatch(message);
    }
    expect(hub.requests.filter(({ path: asked }) => asked.includes('/resolve/')).length).toBe(1);
  });
});
