// A server under measurement: its two processes, their memory and processor time, and its metrics.

import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = path.join(ROOT, 'dist/cli/main.js');
const TICKS_PER_SECOND = 100;
const PIECES = 97;

/**
 * Starts `serve` on a free port; its log goes to a file, as under a service manager. A small heap shows what is really
 * held, because in a large one garbage stays for a long time.
 */
export async function startServer(args, heapMegabytes) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'serve-load-'));
  const log = path.join(folder, 'log');
  const output = openSync(log, 'w');
  const child = spawn(process.execPath, [CLI, 'serve', '--port', '0', ...args], {
    stdio: ['ignore', 'ignore', output],
    env: {
      ...process.env,
      ...(heapMegabytes && { NODE_OPTIONS: `--max-old-space-size=${heapMegabytes}` }),
    },
  });
  closeSync(output);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lines = () => readFileSync(log, 'utf8');
  let port;
  while (port === undefined) {
    if (child.exitCode !== null) {
      throw new Error(`The server ended: ${lines()}`);
    }
    await sleep(50);
    port = /"port":(\d+).*"listening"/.exec(lines())?.[1];
  }
  const modelPid = Number(/"pid":(\d+),"msg":"model is up"/.exec(lines())[1]);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    backend: /"backends":\["([^"]+)"/.exec(lines())[1],
    processorSeconds: () => ({ server: secondsOf(child.pid), model: secondsOf(modelPid) }),
    metrics: async () => parseMetrics(await (await fetch(`${url}/metrics`)).text()),
    /** @returns its exit code. */
    stop: async () => {
      child.kill('SIGTERM');
      const code = await ended;
      rmSync(folder, { recursive: true });
      return code;
    },
  };
}

/** Seconds of processor time of a process, all threads. */
function secondsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The sum of each metric over its labels. */
function parseMetrics(text) {
  const sums = {};
  for (const [, name, value] of text.matchAll(/^([a-z_]+)(?:\{[^}]*\})? (\S+)$/gm)) {
    sums[name] = (sums[name] ?? 0) + Number(value);
  }
  return sums;
}

/** The tests' tiny random model, with a part of the embedded model's vocabulary. The caller removes the folder. */
export function writeTinyModel() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'serve-load-'));
  const fixture = path.join(ROOT, 'test/fixtures/tiny');
  for (const name of readdirSync(fixture).filter((file) =>
    /^(config\.json|model\.safetensors)$/.test(file),
  )) {
    writeFileSync(path.join(folder, name), readFileSync(path.join(fixture, name)));
  }
  const tokenizer = JSON.parse(readFileSync(path.join(ROOT, 'weights/mini-en-zh/tokenizer.json'), 'utf8'));
  tokenizer.added_tokens = tokenizer.added_tokens.filter(({ id }) => id < PIECES);
  tokenizer.model.vocab = tokenizer.model.vocab.slice(0, PIECES);
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  return folder;
}
