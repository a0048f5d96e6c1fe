import path from 'node:path';
import { describe, expect, onTestFinished, type TestContext, test, vi } from 'vitest';
import { readHubEnvironment } from '../../dist/hub/environment.js';
import { pullModel } from '../../dist/hub/pull.js';
import { type Certificate, makeCertificate } from '../support/certificate.js';
import { FakeHub, TOKENS } from '../support/fake-hub.js';
import { FakeProxy } from '../support/fake-proxy.js';
import { hubFixture, plainFiles } from '../support/hub-fixture.js';
import { runProcess } from '../support/run-cli.js';
import { temporaryFolder } from '../support/tiny-model.js';

const ID = 'owner/name';
const HUB = 'https://huggingface.co';
const FILES = Object.keys(plainFiles());

function pull() {
  return pullModel({ id: ID, revision: 'main' }, readHubEnvironment(), { retryDelayMs: 1 });
}

async function startProxy(): Promise<FakeProxy> {
  const proxy = await FakeProxy.start();
  onTestFinished(() => proxy.close());
  return proxy;
}

describe('plain HTTP', () => {
  test('goes through the proxy of HTTP_PROXY, without a tunnel', async () => {
    const proxy = await startProxy();
    const { hub } = await hubFixture({ HTTP_PROXY: `http://${proxy.host}` });
    hub.push(ID, plainFiles());
    await pull();
    expect(proxy.requests.length).toBe(hub.requests.length);
    expect(proxy.requests.every((line) => line.startsWith('GET http://127.0.0.1:'))).toBe(true);
    expect(hub.requests.map(({ path: asked }) => asked)).toContainEqual(expect.stringContaining('/cdn/'));
  });

  test('the variable in small letters wins; http:// is optional; NO_PROXY excludes hosts', async () => {
    const proxy = await startProxy();
    const { hub } = await hubFixture({ http_proxy: proxy.host, HTTP_PROXY: 'http://127.0.0.1:9' });
    hub.push(ID, plainFiles());
    await pull();
    expect(proxy.requests.length).toBeGreaterThan(0);
    proxy.requests.length = 0;
    for (const [name, value] of [
      ['NO_PROXY', 'example.org, 127.0.0.1'],
      ['no_proxy', '*'],
      ['http_proxy', ''], // and no longer HTTP_PROXY, as in Python
    ] as const) {
      vi.stubEnv(name, value);
      await pull();
      vi.stubEnv(name, name === 'http_proxy' ? proxy.host : undefined);
    }
    expect(proxy.requests).toEqual([]);
    vi.stubEnv('http_proxy', undefined);
    vi.stubEnv('HTTP_PROXY', undefined);
    vi.stubEnv('HTTPS_PROXY', proxy.host); // for other addresses
    await pull();
    expect(proxy.requests).toEqual([]);
  });

  test('a proxy that asks for a password', async () => {
    const proxy = await startProxy();
    proxy.user = 'me:p@ss';
    const { hub } = await hubFixture({ HTTP_PROXY: `http://${proxy.host}` });
    hub.push(ID, plainFiles());
    await expect(pull()).rejects.toThrow(/407.*HTTP_PROXY=http:\/\/USER:PASSWORD@HOST:PORT/);
    vi.stubEnv('HTTP_PROXY', `http://me:p%40ss@${proxy.host}`);
    await pull();
  });

  test('an unreachable or invalid proxy is named without its password', async () => {
    const proxy = await FakeProxy.start();
    const { host } = proxy;
    await proxy.close();
    const { hub } = await hubFixture({ HTTP_PROXY: `http://me:secret@${host}` });
    hub.push(ID, plainFiles());
    for (const [value, message] of [
      [
        `http://me:secret@${host}`,
        /cannot be reached \(through the proxy in HTTP_PROXY\): .*Check .* HTTP_PROXY; NO_PROXY/,
      ],
      ['socks5://me:secret@127.0.0.1:1080', /^HTTP_PROXY must be the URL of an HTTP proxy/],
      ['http://me:secret@', /^HTTP_PROXY must be the URL of an HTTP proxy/],
    ] as const) {
      vi.stubEnv('HTTP_PROXY', value);
      const error: unknown = await pull().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ reason: 'unreachable', message: expect.stringMatching(message) });
      expect((error as Error).message).not.toContain('secret');
    }
    expect(hub.requests).toEqual([]);
  });
});

/** The public hub behind a proxy: it answers as huggingface.co, with a certificate of an unknown signer. */
async function publicHub(context: TestContext, variables: Readonly<Record<string, string>> = {}) {
  const certificate = makeCertificate(new URL(HUB).host, temporaryFolder());
  context.skip(certificate === undefined, 'openssl is not installed');
  const proxy = await startProxy();
  const hub = await FakeHub.start(certificate);
  onTestFinished(() => hub.close());
  proxy.routes.set('huggingface.co:443', hub.port);
  const fixture = await hubFixture({ HTTPS_PROXY: proxy.host, HF_TOKEN: TOKENS.friend, ...variables });
  vi.stubEnv('HF_ENDPOINT', undefined);
  const known = (certificate as Certificate).file;
  return { hub, proxy, mirror: fixture.hub, cache: fixture.cache, known };
}

describe('HTTPS', () => {
  test('goes through a tunnel to the public hub, and only the hub gets the token', async (context) => {
    const { hub, proxy, known } = await publicHub(context);
    vi.stubEnv('NODE_EXTRA_CA_CERTS', known);
    hub.push(ID, plainFiles());
    const { code, stderr } = await runProcess(['pull', ID]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`Downloaded ${ID}@main`) });
    expect(new Set(proxy.requests)).toEqual(new Set(['CONNECT huggingface.co:443']));
    const tokens = (host: string) =>
      new Set(
        hub.requests.filter((request) => request.host === host).map(({ authorization }) => authorization),
      );
    expect(tokens('hub')).toEqual(new Set([`Bearer ${TOKENS.friend}`]));
    expect(tokens('cdn')).toEqual(new Set([undefined])); // plain HTTP: not through this proxy
  });

  test('goes directly if only HTTP_PROXY is set, as in Python', async (context) => {
    const { hub, proxy } = await publicHub(context);
    vi.stubEnv('HTTPS_PROXY', undefined);
    vi.stubEnv('HTTP_PROXY', proxy.host);
    vi.stubEnv('HF_ENDPOINT', `https://127.0.0.1:${hub.port}`);
    await expect(pull()).rejects.toThrow(/^https:\/\/127\.0\.0\.1:\d+ cannot be reached: .*certificate/);
    expect(proxy.requests).toEqual([]);
  });

  test('an unknown certificate and a proxy that refuses are errors with the remedy', async (context) => {
    const { hub, proxy } = await publicHub(context);
    hub.push(ID, plainFiles());
    const intercepted = await runProcess(['pull', ID]);
    expect(intercepted.code).toBe(4);
    expect(intercepted.stderr).toMatch(
      /https:\/\/huggingface\.co cannot be reached \(through the proxy in HTTPS_PROXY\): self.signed certificate.*NODE_EXTRA_CA_CERTS=/,
    );
    proxy.user = 'me:secret';
    expect((await runProcess(['pull', ID])).stderr).toMatch(
      /407.*HTTPS_PROXY=http:\/\/USER:PASSWORD@HOST:PORT/,
    );
    vi.stubEnv('HTTPS_PROXY', `http://me:secret@${proxy.host}`);
    proxy.routes.clear();
    const refused = await runProcess(['pull', ID]);
    expect(refused.stderr).toMatch(/Proxy response \(403\).*Check .*HTTPS_PROXY/);
    expect(refused.stderr).not.toContain('secret');
  });
});

describe('a mirror that leads to the public hub', () => {
  /** As hf-mirror.com: all but the content of public files is answered by 308. */
  async function mirrored(context: TestContext) {
    const fixture = await publicHub(context);
    vi.stubEnv('NODE_EXTRA_CA_CERTS', fixture.known);
    vi.stubEnv('HF_ENDPOINT', fixture.mirror.endpoint);
    fixture.mirror.redirect = HUB;
    return fixture;
  }

  test('gets the token, and so does the hub', async (context) => {
    const { hub, mirror, cache } = await mirrored(context);
    const commit = hub.push(ID, plainFiles());
    hub.restrict(ID, { isPrivate: true, isGated: true });
    const { code, stdout } = await runProcess(['pull', ID]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${path.join(cache, 'models--owner--name/snapshots', commit)}\n`,
    });
    for (const host of [mirror, hub]) {
      const asked = host.requests.filter((request) => request.host === 'hub');
      expect(asked.length).toBeGreaterThanOrEqual(FILES.length + 2);
      expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(
        new Set([`Bearer ${TOKENS.friend}`]),
      );
    }
    expect(hub.requests.find((request) => request.host === 'cdn')?.authorization).toBeUndefined();
  });

  test("the hub's refusals count as its own, at once", async (context) => {
    const { hub } = await mirrored(context);
    hub.push(ID, plainFiles());
    hub.restrict(ID, { isGated: true });
    vi.stubEnv('HF_TOKEN', TOKENS.stranger);
    const gated = await runProcess(['pull', ID]);
    expect(gated.stderr).toContain(`${ID} is gated`);
    expect(gated.stderr).toContain(`Ask for access on ${HUB}/${ID},`);
    expect(gated.stderr).not.toContain('Trying again');
    expect(hub.requests.filter(({ path: asked }) => asked.includes('/resolve/')).length).toBe(1);
    const absent = await runProcess(['pull', 'owner/absent']);
    expect(absent.stderr).toContain(`nor a model of the hub at ${HUB}; or it is private`);
    vi.stubEnv('HF_TOKEN', 'hf_wrong');
    expect((await runProcess(['pull', ID])).stderr).toContain('does not accept the token');
  });
});
