import { createHash } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { finish, parseLines, type Result, runCli, startCli } from '../../support/run-cli.js';
import { temporaryFile, temporaryFolder, writeTinyModel } from '../../support/tiny-model.js';

/** A running command. */
interface Served {
  readonly url: string;
  readonly stderr: () => string;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Result>;
}

/** Starts `serve` with the tiny model on a free port. */
async function serve(...args: readonly string[]): Promise<Served> {
  const folder = writeTinyModel(temporaryFolder());
  const child = startCli(['serve', '--port', '0', '--backend', 'cpu', '--model', folder, ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const ended = finish(child);
  const port = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', () => {
      const found = /"port":(\d+).*"listening"/.exec(stderr)?.[1];
      if (found !== undefined) {
        resolve(found);
      }
    });
    child.on('close', () => reject(new Error(stderr)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    stderr: () => stderr,
    signal: (name) => child.kill(name),
    ended,
  };
}

const many = { query: 'he in an', documents: Array.from({ length: 200 }, (_, i) => `an he ${i}`) };

describe('serve', () => {
  test('answers, and on SIGTERM finishes what it has, logs no text and exits with 0', async () => {
    const server = await serve('--model-alias', '*');
    const post = (body: unknown) =>
      fetch(`${server.url}/v1/rerank`, { method: 'POST', body: JSON.stringify(body) });
    const first = await post({ model: 'BAAI/bge-reranker-base', query: 'privately', documents: ['a', 'b'] });
    expect(first.status).toBe(200);
    const answers = Array.from({ length: 5 }, () => post(many));
    let isAnswered = false; // on a busy machine the first may be done before all five are seen
    void Promise.race(answers).then(() => {
      isAnswered = true;
    });
    while (
      !isAnswered &&
      !/rerank_queue_requests\S* 5/.test(await (await fetch(`${server.url}/metrics`)).text())
    ) {
      // they are not all in yet
    }
    server.signal('SIGTERM');
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const { code, stdout, stderr } = await server.ended;
    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('"whole":true');
    expect(stderr).not.toContain('privately');
  });

  test('SIGTERM under load: every accepted request is answered, and the log agrees', async () => {
    const server = await serve('--max-queue-tokens', '1000', '--model-alias', '*');
    const statuses = new Map<number | string, number>();
    const count = (what: number | string) => statuses.set(what, (statuses.get(what) ?? 0) + 1);
    const body = JSON.stringify({ query: 'he in an', documents: many.documents.slice(0, 8) });
    let refused = false;
    const client = async (): Promise<void> => {
      while (!refused) {
        try {
          const response = await fetch(`${server.url}/v1/rerank`, { method: 'POST', body });
          await response.json();
          count(response.status);
        } catch {
          refused = true; // nobody listens any more
        }
      }
    };
    const clients = Array.from({ length: 30 }, client);
    while ((statuses.get(200) ?? 0) < 20 || !statuses.has(429)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    server.signal('SIGTERM');
    await Promise.all(clients);
    const { code, stderr } = await server.ended;
    expect(code).toBe(0);
    expect([...statuses.keys()].sort()).toEqual([200, 429]);
    const logged = parseLines(stderr).filter(({ route }) => route === '/v1/rerank');
    expect(logged.filter(({ status }) => status === 200)).toHaveLength(statuses.get(200) ?? 0);
    expect(stderr).toContain('"whole":true');
  });

  test('with a delay, readiness fails first while requests are still accepted', async () => {
    const server = await serve('--shutdown-delay', '3600');
    server.signal('SIGTERM');
    while ((await fetch(`${server.url}/health/ready`)).status !== 503) {
      // the signal is on its way
    }
    const { status } = await fetch(`${server.url}/v1/rerank`, {
      method: 'POST',
      body: JSON.stringify({ query: 'he', documents: ['an'] }),
    });
    expect(status).toBe(200);
  });

  test('keys from a file, by their hash', async () => {
    const hash = createHash('sha256').update('k1').digest('hex');
    const server = await serve('--keys', temporaryFile('keys', `# owners\nann  sha256:${hash}\nbob k2\n`));
    const status = async (key: string) =>
      (await fetch(`${server.url}/v1/models`, { headers: { Authorization: `Bearer ${key}` } })).status;
    expect([await status('k1'), await status('k2'), await status('k3')]).toEqual([200, 200, 401]);
    server.signal('SIGTERM');
    expect((await server.ended).stderr).not.toMatch(/k1|k2/);
  });

  test.each([
    ['a public address without keys', ['--host', '0.0.0.0'], 'RERANK_API_KEYS'],
    ['a port that is none', ['--port', '70000'], '--port'],
    ['a limit that is none', ['--max-documents', '0'], '--max-documents'],
    ['a timeout longer than any timer', ['--request-timeout', '9999999'], '--request-timeout'],
    ['a file of keys that is not there', ['--keys', '/nowhere'], 'cannot be read'],
  ])('%s is refused', async (_name, args, said) => {
    const { code, stderr } = await runCli(['serve', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  test('a model that cannot be loaded ends it with 4', async () => {
    const { code, stderr } = await runCli(['serve', '--port', '0', '--model', '/nowhere']);
    expect(code).toBe(4);
    expect(stderr).toContain('/nowhere');
  });

  test('a model that classifies cannot be served', async () => {
    const folder = writeTinyModel(temporaryFolder(), 'tiny-5-labels');
    const { code, stderr } = await runCli(['serve', '--port', '0', '--backend', 'cpu', '--model', folder]);
    expect(code).toBe(2);
    expect(stderr).toContain('labels');
  });
});
