// The real HTTP clients against the built server.
//   node test/server/clients/run.mjs FOLDER
// FOLDER has node_modules of package.json and, under python/, a virtual environment of requirements.txt.
import { spawn } from 'node:child_process';
import { copyFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Reranker } from '../../../dist/index.js';
import { startServeProcess } from '../../support/serve-process.mjs';

const SCRIPTS = /^(?!run\.).*\.(mjs|py)$/;
const HELPERS = ['check.mjs', 'check.py'];
const BACKEND = 'wasm';
const QUERY = 'What is the capital of France?';
const DOCUMENTS = [
  'Bananas are yellow when they are ripe.',
  'Paris is the capital and largest city of France.',
  'Berlin is the capital of Germany.',
  'The Eiffel Tower was built in 1889.',
];

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: node test/server/clients/run.mjs FOLDER');
  process.exit(2);
}
// Copied to their packages, because imports of a module are resolved from its place.
const scripts = readdirSync(import.meta.dirname).filter((name) => SCRIPTS.test(name));
for (const name of scripts) {
  copyFileSync(path.join(import.meta.dirname, name), path.join(folder, name));
}

const key = 'key-of-the-clients';
const server = await startServeProcess({ keys: key, args: ['--model-alias', '*', '--backend', BACKEND] });
const reranker = await Reranker.load(undefined, { backend: BACKEND });
const scores = await reranker.score(DOCUMENTS.map((document) => ({ query: QUERY, document })));
reranker.dispose();
const told = JSON.stringify({
  ...{ url: server.url, key, query: QUERY, documents: DOCUMENTS },
  scores: scores.map(({ relevanceScore }) => relevanceScore),
});

let [passed, failed] = [0, 0];
for (const script of scripts.filter((name) => !HELPERS.includes(name))) {
  const python = path.join(folder, 'python/bin/python');
  const child = spawn(script.endsWith('.py') ? python : process.execPath, [path.join(folder, script)], {
    env: { ...process.env, RERANK_CASE: told },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 120_000,
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let [own, ownFailed] = [0, 0];
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    own += /^ok /.test(line) ? 1 : 0;
    ownFailed += /^not ok /.test(line) ? 1 : 0;
  }
  const code = await ended;
  if (own + ownFailed === 0 || (code !== 0 && ownFailed === 0)) {
    console.log(`not ok ${script}: ended with ${code} after ${own} checks`);
    ownFailed += 1;
  }
  passed += own;
  failed += ownFailed;
}
server.signal('SIGTERM');
const { code } = await server.ended;
const broken = server.log().match(/"status":5\d\d.*/g) ?? [];
for (const line of [...broken, ...(code === 0 ? [] : [`serve ended with ${code}`])]) {
  console.log(`not ok serve: ${line}`);
  failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
