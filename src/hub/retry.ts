import { setTimeout } from 'node:timers/promises';
import { HubError } from '../errors/errors.js';

/** How a failed attempt is repeated. */
export interface RetryOptions {
  /** Called before each wait, with the reason. */
  readonly onRetry: (why: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Wait before the first retry; doubled each time. Default 1,000. */
  readonly retryDelayMs?: number | undefined;
}

/** Attempts in a row without progress. */
const MAX_FAILURES = 5;
/** The hub counts requests in windows of five minutes. If it asks for a longer wait, there is no retry. */
const LONGEST_WAIT_MS = 600_000;

/**
 * Waits before the next attempt, at least as long as the server asked for.
 *
 * @param failures attempts in a row without progress
 * @throws the error itself if a retry would not help or failed too often; the signal's reason.
 */
export async function waitToRetry(
  error: unknown,
  failures: number,
  { onRetry, signal, retryDelayMs = 1000 }: RetryOptions,
): Promise<void> {
  if (!(error instanceof HubError) || failures >= MAX_FAILURES) throw error;
  const { reason, retryAfterMs = 0 } = error;
  if ((reason !== 'unreachable' && reason !== 'rate_limited') || retryAfterMs > LONGEST_WAIT_MS) throw error;
  onRetry(error.message);
  const ms = Math.max(retryAfterMs, retryDelayMs * 2 ** failures);
  await setTimeout(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
}

/** Whether a server answered that it is too busy at the moment. */
export function isBusy(error: unknown): boolean {
  return error instanceof HubError && (error.status === 429 || error.status === 503);
}
