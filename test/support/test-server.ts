import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DEFAULT_LIMITS, type Limits, type Settings } from '../../dist/server/settings.js';
import { type RunningServer, type ServerOptions, startServer } from '../../dist/server/start.js';
import { poisonPiece } from './poison.js';
import { writeTinyModel } from './tiny-model.js';

/** A server under test, with the tiny random model. */
export interface TestServer {
  readonly running: RunningServer;
  readonly url: string;
  /** The model's. */
  readonly folder: string;
  /** Lines that were logged. */
  readonly log: string[];
  /** POSTs JSON, or a text as it is. */
  post(route: string, body: unknown, init?: RequestInit): Promise<Answer>;
  get(route: string, headers?: Record<string, string>): Promise<Answer>;
  /** Ends the model's process as the kernel would; SIGSTOP makes it hang. */
  killModel(signal?: NodeJS.Signals): void;
  close(): Promise<void>;
}

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly json: any;
}

/** What a test changes of the defaults. */
export interface TestServerOptions
  extends Partial<Pick<ServerOptions, 'keys' | 'scorer' | 'logLevel' | 'hangMs' | 'models'>>,
    Partial<Omit<Settings, 'limits'>> {
  readonly limits?: Partial<Limits>;
  readonly aliases?: readonly string[];
  /** A piece for which the model gives NaN. */
  readonly poisoned?: string;
}

/** Starts a server on a free port of this machine, with a model called `tiny`. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const {
    keys = [],
    scorer = {},
    logLevel = 'debug',
    hangMs = 600_000,
    limits,
    aliases = [],
    poisoned,
    models,
    ...settings
  } = options;
  const folder = writeTinyModel(mkdtempSync(path.join(os.tmpdir(), 'tfjs-reranker-')));
  if (poisoned !== undefined) {
    poisonPiece(folder, poisoned);
  }
  const log: string[] = [];
  const running = await startServer({
    port: 0,
    models: models ?? [{ name: 'tiny', folder, aliases }],
    scorer: { backend: 'cpu', maxBatchTokens: 128, ...scorer },
    hangMs,
    keys,
    settings: {
      limits: { ...DEFAULT_LIMITS, requestTimeoutMs: 600_000, ...limits }, // however slow the machine is
      explain: 'occlusion',
      strict: false,
      host: '127.0.0.1',
      allowedHosts: [],
      corsOrigins: [],
      ...settings,
    },
    logLevel,
    logStream: { write: (line) => log.push(line) },
    version: '0.0.0',
  });
  const url = `http://127.0.0.1:${running.port}`;
  const send = async (route: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(url + route, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parse(text) };
  };
  return {
    running,
    url,
    folder,
    log,
    post: (route, body, init = {}) =>
      send(route, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), ...init }),
    get: (route, headers = {}) => send(route, { headers }),
    killModel: (signal = 'SIGKILL') => {
      process.kill(running.models.all[0].remote.pids[0] as number, signal);
    },
    close: async () => {
      await running.close(60_000);
      rmSync(folder, { recursive: true });
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Waits for an event in another process. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Documents of different lengths, in the tiny model's letters. */
export function someDocuments(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${i} ${'an he in '.repeat(1 + (i % 4))}`);
}
