import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { OutputError } from '../../dist/errors/errors.js';
import { linkAtomically, writeWhole } from '../../dist/files/write-whole.js';
import { temporaryFolder } from '../support/tiny-model.js';

const read = (file: string): string => readFileSync(file, 'utf8');

test('a file and its folder are created, from texts and bytes in parts; nothing else is left', async () => {
  const file = path.join(temporaryFolder(), 'deeper', 'file');
  await writeWhole(file, 'a text');
  expect(read(file)).toBe('a text');
  await writeWhole(file, [new Uint8Array([97, 98]), new Uint8Array([99])]);
  expect(read(file)).toBe('abc');
  expect(readdirSync(path.dirname(file))).toEqual(['file']);
});

test('a replaced file keeps its permissions; a link stays a link, and its target is written', async () => {
  const folder = temporaryFolder();
  const [file, link] = [path.join(folder, 'file'), path.join(folder, 'link')];
  writeFileSync(file, 'before');
  chmodSync(file, 0o600);
  symlinkSync('file', link);
  await writeWhole(link, 'after');
  expect(readlinkSync(link)).toBe('file');
  expect([read(file), statSync(file).mode & 0o777]).toEqual(['after', 0o600]);
});

test('a named pipe takes the content, and stays a pipe', async () => {
  const pipe = path.join(temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const [written] = await Promise.all([
    import('node:fs/promises').then(({ readFile }) => readFile(pipe, 'utf8')),
    writeWhole(pipe, 'through'),
  ]);
  expect(written).toBe('through');
  expect(statSync(pipe).isFIFO()).toBe(true);
});

test('a failed write is an error with the path; the old file stays, and nothing else is left', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'file');
  writeFileSync(file, 'before');
  const below = path.join(file, 'below');
  const error: unknown = await writeWhole(below, 'x').catch((reason) => reason);
  expect(error).toBeInstanceOf(OutputError);
  expect((error as OutputError).message).toContain(`${below} cannot be written: E`);
  mkdirSync(path.join(folder, 'folder'));
  await expect(writeWhole(path.join(folder, 'folder'), 'x')).rejects.toThrow(/folder cannot be written: /);
  await expect(writeWhole(file, [new Uint8Array(1), 'no bytes' as never, null as never])).rejects.toThrow();
  expect(read(file)).toBe('before');
  expect(readdirSync(folder).sort()).toEqual(['file', 'folder']);
});

test('a link replaces an existing file', async () => {
  const folder = temporaryFolder();
  const [target, link] = [path.join(folder, 'blobs', 'a'), path.join(folder, 'snapshot', 'a')];
  await writeWhole(target, 'content');
  await writeWhole(link, 'old');
  await linkAtomically(target, link);
  expect(readlinkSync(link)).toBe('../blobs/a');
  expect(read(link)).toBe('content');
  expect(readdirSync(path.dirname(link))).toEqual(['a']);
});
