// nginx with scripts/deploy/nginx.conf in front of two servers, of which one after the other ends under load.
//   node test/server/deploy/replicas.mjs
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { startServeProcess } from '../../support/serve-process.mjs';

const KEY = 'key-of-the-replicas';
const CLIENTS = 4;
/** A long time, because the machine may be busy. */
const ARGS = ['--backend', 'wasm', '--shutdown-timeout', '600', '--request-timeout', '600'];
const query = 'What is the capital of France?';
const documents = ['Bananas are yellow.', 'Paris is the capital of France.', 'Berlin is in Germany.'];
/** More than one batch. */
const many = Array.from({ length: 20 }, (_, i) => `${documents[i % 3]} ${'Rivers cross it. '.repeat(i % 4)}`);
/** Two of them fill a batch, so that the first lines arrive long before the answer is complete. */
const long = Array.from({ length: 10 }, (_, i) => `${i} ${'Rivers cross the country. '.repeat(40)}`);

let [passed, failed] = [0, 0];
async function check(name, run) {
  try {
    console.log(`ok ${name}: ${await run()}`);
    passed += 1;
  } catch (error) {
    console.log(
      `not ok ${name}: ${String(error?.stack ?? error)
        .split('\n')
        .slice(0, 4)
        .join(' | ')}`,
    );
    failed += 1;
  }
}

const serve = () => startServeProcess({ keys: KEY, args: ARGS });
const replicas = [await serve(), await serve()];
const port = await freePort();
const folder = mkdtempSync(path.join(os.tmpdir(), 'tfjs-reranker-nginx-'));
const nginx = await startNginx();
const url = `http://127.0.0.1:${port}`;

await check('both replicas answer', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => post(documents)));
  assert.ok(answers.every(({ status, json }) => status === 200 && json.results[0].index === 1));
  const shares = await Promise.all(replicas.map(answered));
  assert.ok(
    shares.every((count) => count > 0),
    `answered: ${shares}`,
  );
  return `answered: ${shares.join(' and ')}`;
});
await check('a wrong key is refused by the server, in its words', async () => {
  const { status, json } = await post(documents, { key: 'wrong' });
  assert.equal(status, 401);
  return json.message;
});
await check('a body that is too large is refused by the server, in its words', async () => {
  const { status, json } = await post(['x'.repeat(4.5 * 2 ** 20)]);
  assert.equal(status, 413);
  return json.message;
});
await check('metrics are not shown outside', async () => {
  const { status } = await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${KEY}` } });
  assert.equal(status, 404);
  return status;
});
await check('a stream begins to arrive before it is whole', async () => {
  const response = await send(long, { stream: true });
  assert.match(response.headers.get('content-type'), /ndjson/);
  const chunks = [];
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    chunks.push(chunk);
  }
  const lines = chunks
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(lines.length, long.length + 1);
  assert.equal(lines.at(-1).results.length, long.length);
  const [first] = chunks;
  assert.ok(!first.includes('results'), 'the first chunk has the whole answer');
  return `${first.split('\n').length - 1} of ${lines.length} lines in the first of ${chunks.length} chunks`;
});
await check('SIGTERM of one under load: every request is answered', () => endOneUnderLoad('SIGTERM'));
await check('SIGKILL of one in the middle of its batches: every request is answered', () =>
  endOneUnderLoad('SIGKILL'),
);

nginx.kill('SIGQUIT');
for (const replica of replicas) {
  replica.signal('SIGTERM');
}
await check('the others end well', async () => {
  const codes = (await Promise.all(replicas.map(({ ended }) => ended))).map(({ code }) => code);
  assert.deepEqual(codes, [0, 0]);
  return codes.join();
});
rmSync(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** Ends the first replica while clients send requests without a pause, and starts a new one on the same port. */
async function endOneUnderLoad(signal) {
  const statuses = {};
  let asking = true;
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (asking) {
      const { status, json } = await post(many);
      statuses[status] = (statuses[status] ?? 0) + 1;
      assert.equal(status, 200, JSON.stringify(json));
      assert.equal(json.results.length, many.length);
    }
  });
  const all = Promise.all(clients);
  const [leaving] = replicas;
  await Promise.race([all, until(async () => (await waiting(leaving)) >= 2)]);
  leaving.signal(signal);
  const { code } = await Promise.race([leaving.ended, all]);
  assert.equal(code, signal === 'SIGTERM' ? 0 : null);
  const before = statuses[200] ?? 0;
  await Promise.race([all, until(() => (statuses[200] ?? 0) >= before + 2 * CLIENTS)]);
  asking = false;
  await all;
  replicas[0] = await startServeProcess({
    keys: KEY,
    args: [...ARGS, '--port', String(leaving.port)],
  });
  return `${JSON.stringify(statuses)}, ${(statuses[200] ?? 0) - before} of them after it had ended`;
}

function send(documents, { key = KEY, stream = false } = {}) {
  return fetch(`${url}/v1/rerank`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, documents, stream }),
  });
}

async function post(documents, how) {
  const response = await send(documents, how);
  const text = await response.text();
  try {
    return { status: response.status, json: JSON.parse(text) };
  } catch {
    return { status: response.status, json: { message: text } };
  }
}

/** The value of a replica's metric, found by a pattern. */
async function metric(replica, pattern) {
  const response = await fetch(`${replica.url}/metrics`, { headers: { Authorization: `Bearer ${KEY}` } });
  return Number(pattern.exec(await response.text())?.[1] ?? 0);
}
function answered(replica) {
  return metric(replica, /^rerank_requests_total\{route="\/v1\/rerank",status="200".* (\d+)$/m);
}

function waiting(replica) {
  return metric(replica, /^rerank_queue_requests\S* (\d+)$/m);
}

async function until(holds) {
  while (!(await holds())) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The committed file with the ports of this run, in a minimal configuration of nginx. */
async function startNginx() {
  let site = readFileSync(path.join(import.meta.dirname, '../../../scripts/deploy/nginx.conf'), 'utf8');
  for (const [from, to] of [
    ['listen 8080;', `listen 127.0.0.1:${port};`],
    ['proxy_read_timeout 75s', 'proxy_read_timeout 660s'],
    ['127.0.0.1:8081', `127.0.0.1:${replicas[0].port}`],
    ['127.0.0.1:8082', `127.0.0.1:${replicas[1].port}`],
  ]) {
    assert.ok(site.includes(from), `nginx.conf has no "${from}"`);
    site = site.replace(from, to);
  }
  mkdirSync(path.join(folder, 'tmp'));
  writeFileSync(path.join(folder, 'site.conf'), site);
  writeFileSync(
    path.join(folder, 'nginx.conf'),
    `daemon off; pid nginx.pid; worker_processes 1; error_log stderr error;
    events {} http { access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path tmp/${name};`)
      .join(' ')} include site.conf; }`,
  );
  const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'];
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const test = spawnSync('nginx', [...args, '-t'], { env, encoding: 'utf8' });
  assert.equal(test.status, 0, test.stderr);
  const child = spawn('nginx', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  await until(() =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return child;
}
