import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { finish, parseLines, runCli, startCli } from '../support/run-cli.js';
import { temporaryFolder, writeTinyModel } from '../support/tiny-model.js';

/** Starts `serve` with the tiny model on a socket, and waits until it listens. */
async function serveOn(socket: string, ...args: readonly string[]) {
  const folder = writeTinyModel(temporaryFolder());
  const child = startCli(['serve', '--socket', socket, '--backend', 'cpu', '--model', folder, ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = finish(child);
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (data) => /"listening"/.test(String(data)) && resolve());
    void ended.then(({ stderr }) => reject(new Error(stderr)));
  });
  return { child, ended };
}

/** Scores two pairs over the socket. */
function score(socket: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: socket, path: '/v1/score', method: 'POST' }, (answer) => {
      let text = '';
      answer.on('data', (data) => {
        text += data;
      });
      answer.on('end', () => resolve(JSON.parse(text)));
    });
    call.once('error', reject);
    call.end(JSON.stringify({ queries: ['he', 'an'], documents: ['in an', 'he'] }));
  });
}

const permissions = (file: string): string => (statSync(file).mode % 0o1000).toString(8);

test('only its user may open it, pairs are scored with their logits, and it is removed at the end', async () => {
  const socket = path.join(temporaryFolder(), 'made/socket');
  const { child, ended } = await serveOn(socket);
  expect([permissions(socket), permissions(path.dirname(socket))]).toEqual(['600', '700']);
  const { data } = (await score(socket)) as { data: { score: number; logit: number }[] };
  expect(data).toHaveLength(2);
  for (const { score, logit } of data) expect(score).toBeCloseTo(1 / (1 + Math.exp(-logit)), 12);
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(parseLines(stderr).find(({ msg }) => msg === 'listening')).toMatchObject({ socket });
  expect(existsSync(socket)).toBe(false);
});

test('a second server is refused; one that was killed is replaced, and the next ends when nobody is connected', async () => {
  const folder = path.join(temporaryFolder(), 'shared');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  const socket = path.join(folder, 'socket');
  const first = await serveOn(socket);
  expect([permissions(folder), permissions(socket)]).toEqual(['755', '600']);
  const refused = await runCli(['serve', '--socket', socket, '--model', '/nowhere']);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is in use by a server') });
  expect(await score(socket)).toHaveProperty('data');
  first.child.kill('SIGKILL');
  await first.ended;
  expect(existsSync(socket)).toBe(true);
  const second = await serveOn(socket, '--idle-timeout', '2');
  expect(await score(socket)).toHaveProperty('data');
  const { code, stderr } = await second.ended;
  expect(code).toBe(0);
  expect(stderr).toContain('"whole":true');
  expect(existsSync(socket)).toBe(false);
});

test.each([
  ['a port too', ['--socket', '/tmp/s', '--port', '1'], 'give only one of them'],
  ['a host too', ['--socket', '/tmp/s', '--host', '127.0.0.1'], 'give only one of them'],
  ['a path that is too long', ['--socket', `/tmp/${'s'.repeat(100)}`], 'is too long: 105 bytes'],
])('%s is refused before anything is loaded', async (_name, args, said) => {
  const { code, stderr } = await runCli(['serve', '--model', '/nowhere', ...args]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(said) });
});

test('a file that is no socket stays, and a folder that cannot be made is named', async () => {
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, 'mine');
  const refused = await runCli(['serve', '--socket', file, '--model', '/nowhere']);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is a file and no socket') });
  expect(existsSync(file)).toBe(true);
  const below = await runCli(['serve', '--socket', path.join(file, 'socket'), '--model', '/nowhere']);
  expect(below).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be used') });
});
