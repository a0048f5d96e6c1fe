// The built server against its own OpenAPI document, by schemathesis, and its metrics, read by Prometheus' parsers.
//   node test/server/conformance/run.mjs PYTHON
// PYTHON is of a virtual environment with requirements.txt; promtool is used if it is installed.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { startServeProcess } from '../../support/serve-process.mjs';

const KEY = 'key-of-the-conformance';
const HERE = import.meta.dirname;
const python = process.argv[2];
if (python === undefined) {
  console.error('usage: node test/server/conformance/run.mjs PYTHON');
  process.exit(2);
}
const folder = mkdtempSync(path.join(os.tmpdir(), 'tfjs-reranker-conformance-'));
const serve = (...args) => startServeProcess({ keys: KEY, args: ['--backend', 'wasm', ...args] });
const Authorization = `Bearer ${KEY}`;
let [passed, failed] = [0, 0];

await metrics();
await schemathesis();
rmSync(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** The metrics of a server after a known number of requests. */
async function metrics() {
  const server = await serve();
  const counts = { requests: 5, documents: 0, refused: 3, tokens: 0 };
  for (let i = 0; i < counts.requests; i += 1) {
    const documents = Array.from({ length: i + 1 }, (_, n) => `document ${n}`);
    const response = await fetch(`${server.url}/v1/rerank`, {
      method: 'POST',
      headers: { Authorization },
      body: JSON.stringify({ query: 'q', documents }),
    });
    counts.documents += documents.length;
    counts.tokens += (await response.json()).usage.total_tokens;
  }
  for (let i = 0; i < counts.refused; i += 1) {
    await fetch(`${server.url}/v1/models`, { headers: { Authorization: 'Bearer wrong' } });
    await fetch(`${server.url}/nowhere/${i}`, { headers: { Authorization } });
  }
  const exposed = await fetch(`${server.url}/metrics`, { headers: { Authorization } });
  const text = await exposed.text();
  server.signal('SIGTERM');
  const file = path.join(folder, 'metrics.txt');
  writeFileSync(file, text);
  const expected = Object.entries(counts).map(([name, count]) => `${name}=${count}`);
  await count(python, [path.join(HERE, 'metrics.py'), file, ...expected]);
  const promtool = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (promtool.error) {
    console.log('left out: promtool check metrics: promtool (Debian: prometheus) is not installed');
  } else {
    tell(promtool.status === 0, `promtool check metrics: ${promtool.stdout}${promtool.stderr}`.trim());
  }
  await server.ended;
}

async function schemathesis() {
  const server = await serve('--model-alias', '*', '--max-body-bytes', '65536');
  const cli = path.join(path.dirname(python), 'schemathesis');
  const args = ['--config-file', path.join(HERE, 'schemathesis.toml'), 'run', `${server.url}/openapi.json`];
  const startedAt = performance.now();
  const { status, stdout, stderr } = await run(cli, args, { RERANK_KEY: KEY });
  console.log(`${stdout}${stderr}`.trimEnd());
  console.log(`${Math.round((performance.now() - startedAt) / 1000)} s`);
  tell(status === 0, 'schemathesis finds nothing');
  const broken = server.log().match(/.*"status":5\d\d.*/g) ?? [];
  tell(
    broken.length === 0,
    `no answer of 500 and above in the log${broken
      .slice(0, 3)
      .map((line) => `\n${line}`)
      .join('')}`,
  );
  server.signal('SIGTERM');
  const { code } = await server.ended;
  tell(code === 0, `serve ended with ${code}`);
}

function tell(holds, name) {
  console.log(`${holds ? 'ok' : 'not ok'} ${name}`);
  passed += holds ? 1 : 0;
  failed += holds ? 0 : 1;
}

/** Runs a program that prints lines `ok` and `not ok`, and counts them. */
async function count(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const [, not] = /^(not )?ok /.exec(line) ?? [];
    if (/^(not )?ok /.test(line)) {
      tell(not === undefined, line.replace(/^(not )?ok /, ''));
    }
  }
  const code = await ended;
  if (code !== 0 && failed === 0) {
    tell(false, `${path.basename(args[0])} ended with ${code}`);
  }
}

function run(command, args, env) {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, PYTHONPATH: HERE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stdout, stderr })));
}
