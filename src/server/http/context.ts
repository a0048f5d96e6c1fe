import type { HttpBindings } from '@hono/node-server';
import type { Lifecycle } from '../lifecycle.js';
import type { Models } from '../queue/models.js';
import type { Settings } from '../settings.js';
import type { ApiKey, KeyRing } from './auth.js';
import type { Bodies } from './body.js';
import type { Logger } from './logging.js';
import type { Metrics } from './metrics.js';
import type { Quotas } from './quota.js';

/** The parts of the application. */
export interface AppDeps {
  readonly models: Models;
  readonly keys: KeyRing;
  readonly quotas: Quotas;
  readonly bodies: Bodies;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly lifecycle: Lifecycle;
  readonly settings: Settings;
}

/** What Hono keeps for a request while it is answered. */
export interface AppEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    /** The caller's key, if keys are required. */
    key: ApiKey | undefined;
    /** Facts for the log line and the metrics. */
    facts: RequestFacts;
  };
}

/** Facts of a request that are known when it is answered; they never contain its texts. */
export interface RequestFacts {
  model?: string;
  documents?: number;
  tokens?: number;
  tokenizeMs?: number;
  queueMs?: number;
  inferenceMs?: number;
  /** Resolves when a streamed answer is complete; some facts are not known before. */
  streamed?: Promise<void>;
  /** Why it failed. */
  error?: unknown;
}
