import { spawn } from 'node:child_process';
import path from 'node:path';

const MAIN = path.join(import.meta.dirname, '../../dist/cli/main.js');

/**
 * Starts the built server on a free port, with the embedded model.
 *
 * @param {{ keys?: string, args?: readonly string[] }} how keys as RERANK_API_KEYS has them, further arguments
 * @returns once it listens: its address, what it logged, a way to signal it, and a promise of its end
 */
export async function startServeProcess({ keys = '', args = [] } = {}) {
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', ...args], {
    env: { ...process.env, RERANK_API_KEYS: keys },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  const port = await new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log += text;
      const found = /"port":(\d+).*"listening"/.exec(log)?.[1];
      if (found !== undefined) {
        resolve(Number(found));
      }
    });
    ended.then(() => reject(new Error(`serve ended before it listened: ${log}`)));
  });
  process.once('exit', () => child.kill('SIGKILL'));
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    log: () => log,
    signal: (name) => child.kill(name),
    ended,
  };
}
