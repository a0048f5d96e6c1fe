import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readHubEnvironment, readToken } from '../../dist/hub/environment.js';
import { parseModelId } from '../../dist/hub/model-id.js';

describe('the environment', () => {
  test.each([
    [{}, '/home/me/.cache/huggingface/hub'],
    [{ XDG_CACHE_HOME: '/var/xdg' }, '/var/xdg/huggingface/hub'],
    [{ HF_HOME: '~/hf', XDG_CACHE_HOME: '/var/xdg' }, '/home/me/hf/hub'],
    [{ HF_HOME: '$DATA/hf', DATA: '/data' }, '/data/hf/hub'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of a shell
    [{ HF_HUB_CACHE: '${DATA}/c', HF_HOME: '/x', DATA: '/data' }, '/data/c'],
    [{ HUGGINGFACE_HUB_CACHE: '/old', HF_HOME: '/x' }, '/old'],
    [{ HF_HUB_CACHE: '', HF_HOME: '/x' }, '/x/hub'],
    [{ HF_HUB_CACHE: '$ABSENT/c' }, path.resolve('$ABSENT/c')],
  ])('%j has its cache in %s', (variables, cache) => {
    expect(readHubEnvironment({ HOME: '/home/me', ...variables }).cache).toBe(cache);
  });

  test.each([
    ['1', true],
    ['yes', true],
    ['True', true],
    ['ON', true],
    ['0', false],
    ['', false],
    ['no', false],
  ])('HF_HUB_OFFLINE=%s is %s', (value, offline) => {
    expect(readHubEnvironment({ HF_HUB_OFFLINE: value }).offline).toBe(offline);
    expect(readHubEnvironment({ TRANSFORMERS_OFFLINE: value }).offline).toBe(offline);
  });

  test('the endpoint has no slash at its end, and is a URL', () => {
    expect(readHubEnvironment({ HF_ENDPOINT: 'https://hub.example/x/' }).endpoint).toBe(
      'https://hub.example/x',
    );
    expect(readHubEnvironment({}).endpoint).toBeUndefined();
    expect(() => readHubEnvironment({ HF_ENDPOINT: 'hub.example' })).toThrow(
      'HF_ENDPOINT is "hub.example"; it must be a URL',
    );
  });

  test('the token: HF_TOKEN, then the file, and none where that is not wanted', async () => {
    const home = mkdtempSync(path.join(os.tmpdir(), 'tfjs-reranker-home-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    expect(await readToken({ HF_HOME: home })).toBeUndefined();
    writeFileSync(path.join(home, 'token'), ' hf_file\n');
    expect(await readToken({ HF_HOME: home })).toBe('hf_file');
    expect(await readToken({ HF_HOME: home, HF_TOKEN: 'hf_variable\n' })).toBe('hf_variable');
    expect(
      await readToken({ HF_HOME: home, HF_TOKEN: 'x', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }),
    ).toBeUndefined();
    await expect(readToken({ HF_TOKEN: 'hf_a\nhf_b' })).rejects.toThrow(
      /^The token has characters that no token can have/,
    );
    await expect(readToken({ HF_TOKEN_PATH: home })).rejects.toThrow(/The token file .* cannot be read/);
  });
});

describe('names of models', () => {
  test.each([
    ['BAAI/bge-reranker-base', 'BAAI/bge-reranker-base', 'main'],
    ['BAAI/bge-reranker-base@refs/pr/3', 'BAAI/bge-reranker-base', 'refs/pr/3'],
    ['a_b/c.d-e@v1.5', 'a_b/c.d-e', 'v1.5'],
  ])('%s', (text, id, revision) => {
    expect(parseModelId(text)).toEqual({ id, revision });
  });

  test.each([
    ...['model', './a/b', '../a/b', '/a/b', 'a/b/c', 'a/..', 'a/b--c', 'a--b/c', 'a/b.', 'a/-b', 'a b/c', ''],
    ...['.a/b', 'C:\\a\\b'],
  ])('%j is none', (text) => {
    expect(parseModelId(text)).toBeUndefined();
  });

  test.each([
    ...[
      '',
      '../x',
      'a/../../b',
      '/x',
      'a//b',
      'x/',
      '.x',
      'a/.b',
      'a..b',
      'a b',
      'a\0b',
      'x.lock',
      'x.lock/y',
      'a^1',
    ],
    ...['a:b', 'a\\b', '-x', '@{u}', 'a@{1}'],
  ])('%j is no revision', (revision) => {
    expect(() => parseModelId(`a/b@${revision}`)).toThrow(
      'the @ must be followed by a branch, a tag or a commit',
    );
  });
});

test('an endpoint with a password is refused, and not shown', () => {
  const read = (endpoint: string) => () => readHubEnvironment({ HF_ENDPOINT: endpoint });
  expect(read('https://user:secret@hub.example')).toThrow(/without user, password/);
  expect(read('https://user:secret@hub.example')).not.toThrow(/secret/);
  expect(read('https://hub.example/?token=secret')).toThrow(/without user, password/);
});

test('a timeout that no timer can hold', () => {
  const read = (seconds: string) => readHubEnvironment({ HF_HUB_DOWNLOAD_TIMEOUT: seconds }).idleTimeoutMs;
  expect(['-5', '0', 'soon', ''].map(read)).toEqual([10_000, 10_000, 10_000, 10_000]);
  expect(['0.5', '1e12', 'Infinity'].map(read)).toEqual([500, 86_400_000, 86_400_000]);
});
