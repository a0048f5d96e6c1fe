import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { FakeHub, type Files } from './fake-hub.js';
import { TINY } from './fixtures.js';
import { writeTinyModel } from './tiny-model.js';

/** A hub and an empty cache, as the environment of this process and of those that it starts. */
export interface HubFixture {
  readonly hub: FakeHub;
  readonly cache: string;
}

/** Starts a hub for one test; the environment is as it was after it. */
export async function hubFixture(variables: Readonly<Record<string, string>> = {}): Promise<HubFixture> {
  const hub = await FakeHub.start();
  const home = mkdtempSync(path.join(os.tmpdir(), 'tfjs-reranker-hub-'));
  const environment = {
    ...{ HF_ENDPOINT: hub.endpoint, HF_HOME: home, HF_HUB_CACHE: undefined },
    ...{ HF_HUB_OFFLINE: undefined, HF_TOKEN: undefined },
    ...{ HTTP_PROXY: undefined, HTTPS_PROXY: undefined, NO_PROXY: undefined },
    ...{ http_proxy: undefined, https_proxy: undefined, no_proxy: undefined },
    ...variables,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await hub.close();
    rmSync(home, { recursive: true });
  });
  return { hub, cache: path.join(home, 'hub') };
}

/** The files of the tiny random model, and some that nobody needs. */
export function tinyFiles(): Record<string, Buffer> {
  const folder = writeTinyModel(mkdtempSync(path.join(os.tmpdir(), 'tfjs-reranker-tiny-')));
  const files = Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name))]),
  );
  rmSync(folder, { recursive: true });
  return {
    ...files,
    'tokenizer_config.json': Buffer.from('{"model_max_length": 38}'),
    'special_tokens_map.json': Buffer.from('{}'),
    'README.md': Buffer.from('# tiny'),
    'pytorch_model.bin': Buffer.from('a pickle'),
    'onnx/model.onnx': Buffer.from('another format'),
  };
}

/** The tiny random model's config. */
export function tinyConfig(): string {
  return JSON.stringify(JSON.parse(readFileSync(path.join(TINY, 'config.json'), 'utf8')));
}

/** A tokenizer of five pieces. */
function smallTokenizer(): string {
  const special = ['<s>', '<pad>', '</s>', '<unk>'];
  const template = (...ids: readonly string[]): object[] =>
    ids.map((id) => (id.length === 1 ? { Sequence: { id } } : { SpecialToken: { id } }));
  return JSON.stringify({
    added_tokens: special.map((content, id) => ({ id, content, special: true })),
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    post_processor: {
      type: 'TemplateProcessing',
      single: template('<s>', 'A', '</s>'),
      pair: template('<s>', 'A', '</s>', '</s>', 'B', '</s>'),
      special_tokens: Object.fromEntries(
        ['<s>', '</s>'].map((id, i) => [id, { ids: [2 * i], tokens: [id] }]),
      ),
    },
    model: { type: 'Unigram', unk_id: 3, vocab: [...special, '▁'].map((piece) => [piece, 0]) },
  });
}

/** A model whose config and tokenizer can run and whose weights, of this many bytes, are never loaded. */
export function plainFiles(bytes = 200_000, seed = 1): Files {
  const weights = Buffer.alloc(bytes);
  for (let i = 0, state = seed; i < bytes; i += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    weights[i] = state >> 16;
  }
  return {
    'config.json': tinyConfig(),
    'tokenizer.json': smallTokenizer(),
    'model.safetensors': weights,
  };
}

/** The contents of a folder: a file's bytes, or the target of a link. */
export function contentsOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return Object.fromEntries(
    files
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        const content = entry.isSymbolicLink() ? `-> ${readlinkSync(file)}` : readFileSync(file, 'latin1');
        return [path.relative(folder, file), content] as const;
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
