import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { makeFolder } from '../../dist/files/make-folder.js';
import { ROOT } from '../support/run-cli.js';
import { temporaryFolder } from '../support/tiny-model.js';

const fillWith = (content: string) => (folder: string) => writeFile(path.join(folder, 'file'), content);

test('a folder appears when it is complete, and nothing else is left', async () => {
  const parent = temporaryFolder();
  const folder = path.join(parent, 'deeper', 'made');
  await makeFolder(folder, fillWith('whole'));
  expect(readFileSync(path.join(folder, 'file'), 'utf8')).toBe('whole');
  expect(readdirSync(path.dirname(folder))).toEqual(['made']);
});

test('an existing folder stays; a failure leaves nothing', async () => {
  const parent = temporaryFolder();
  const folder = path.join(parent, 'made');
  await makeFolder(folder, fillWith('old'));
  await expect(makeFolder(folder, fillWith('new'))).rejects.toThrow(/exists, and nothing is replaced/);
  const broken = makeFolder(path.join(parent, 'other'), async (partial) => {
    await fillWith('half')(partial);
    throw new Error('no space left');
  });
  await expect(broken).rejects.toThrow('no space left');
  expect(readFileSync(path.join(folder, 'file'), 'utf8')).toBe('old');
  expect(readdirSync(parent)).toEqual(['made']);
});

test('kill -9 leaves no folder of that name, and the next run removes the rest', async () => {
  const parent = temporaryFolder();
  const folder = path.join(parent, 'made');
  const module = pathToFileURL(path.join(ROOT, 'dist/files/make-folder.js'));
  const program = `
    import { writeFile } from 'node:fs/promises';
    import { makeFolder } from ${JSON.stringify(module.href)};
    await makeFolder(${JSON.stringify(folder)}, async (partial) => {
      await writeFile(partial + '/file', 'half');
      console.log('writing');
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(folder)).toBe(false);
  expect(readdirSync(parent)).toEqual([`made.partial-${child.pid}`]);
  await makeFolder(folder, fillWith('whole'));
  expect(readdirSync(parent)).toEqual(['made']);
});

test('the rest of an earlier process with the same id is removed', async () => {
  const parent = temporaryFolder();
  mkdirSync(path.join(parent, `made.partial-${process.pid}`));
  await makeFolder(path.join(parent, 'made'), fillWith('whole'));
  expect(readdirSync(parent)).toEqual(['made']);
});

test('the folder of another running process is left alone', async () => {
  const parent = temporaryFolder();
  const other = path.join(parent, `made.partial-${process.ppid}`);
  mkdirSync(other);
  writeFileSync(path.join(parent, 'made.partial-notes'), '');
  await makeFolder(path.join(parent, 'made'), fillWith('whole'));
  expect(readdirSync(parent).sort()).toEqual(['made', 'made.partial-notes', path.basename(other)].sort());
});
