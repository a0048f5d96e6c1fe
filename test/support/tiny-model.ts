import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { ROOT } from './run-cli.js';

const PIECES = 97;

/** A model under test/fixtures. */
type Fixture = 'tiny' | 'tiny-3-labels' | 'tiny-5-labels';

interface TokenizerJson {
  readonly added_tokens: readonly { readonly id: number }[];
  readonly model: { readonly vocab: readonly unknown[] };
}

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tfjs-reranker-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Writes a file that is removed after the test. */
export function temporaryFile(name: string, content: string | Uint8Array): string {
  const file = path.join(temporaryFolder(), name);
  writeFileSync(file, content);
  return file;
}

/**
 * Puts a tiny random model into a folder. The fixture has no tokenizer, so the first pieces of the embedded model are
 * used, which are letters and a few short words.
 */
export function writeTinyModel(folder: string, fixture: Fixture = 'tiny'): string {
  for (const name of ['config.json', 'model.safetensors']) {
    copyFileSync(path.join(ROOT, 'test/fixtures', fixture, name), path.join(folder, name));
  }
  const embedded = path.join(ROOT, 'weights/mini-en-zh/tokenizer.json');
  const tokenizer = JSON.parse(readFileSync(embedded, 'utf8')) as TokenizerJson;
  const small = {
    ...tokenizer,
    added_tokens: tokenizer.added_tokens.filter(({ id }) => id < PIECES),
    model: { ...tokenizer.model, vocab: tokenizer.model.vocab.slice(0, PIECES) },
  };
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(small));
  return folder;
}

/** A tiny random model, gone after the test. */
export function tinyModel(fixture: Fixture = 'tiny'): string {
  return writeTinyModel(temporaryFolder(), fixture);
}
