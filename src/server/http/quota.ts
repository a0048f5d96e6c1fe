import type { ApiKey } from './auth.js';
import { retryAfter } from './error-map.js';
import { HttpError } from './http-error.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The limits of a key. */
export interface QuotaLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly documentsPerDay?: number | undefined;
}

/** Counts the use of each key in this process, and refuses what exceeds the limits. */
export class Quotas {
  private readonly requests: Allowance | undefined;
  private readonly documents: Allowance | undefined;

  /** @param now a clock in milliseconds that never goes back. */
  constructor(
    { requestsPerMinute, documentsPerDay }: QuotaLimits,
    now: () => number = () => performance.now(),
  ) {
    this.requests =
      requestsPerMinute === undefined ? undefined : new Allowance(requestsPerMinute, MINUTE_MS, now);
    this.documents = documentsPerDay === undefined ? undefined : new Allowance(documentsPerDay, DAY_MS, now);
  }

  /** @throws HttpError 429 if the key's requests are used up. */
  countRequest(key: ApiKey): void {
    const waitMs = this.requests?.take(key.name, 1) ?? 0;
    if (waitMs > 0) {
      throw new HttpError(
        429,
        'rate_limited',
        `The key ${key.name} has used up its requests for this minute.`,
        retryAfter(waitMs),
      );
    }
  }

  /** @throws HttpError 429 if the key has not enough documents left; then none is counted. */
  countDocuments(key: ApiKey, documents: number): void {
    const waitMs = this.documents?.take(key.name, documents) ?? 0;
    if (waitMs > 0) {
      throw new HttpError(
        429,
        'rate_limited',
        `The key ${key.name} has fewer than ${documents} documents left; its quota refills over a day.`,
        retryAfter(Math.min(waitMs, DAY_MS)),
      );
    }
  }

  /** Returns documents that were not scored to the quota. */
  returnDocuments(key: ApiKey, documents: number): void {
    this.documents?.take(key.name, -documents);
  }
}

/** An amount per period for each name. It refills steadily, up to the amount of one period. */
class Allowance {
  private readonly buckets = new Map<string, { left: number; at: number }>();

  constructor(
    private readonly size: number,
    private readonly periodMs: number,
    private readonly now: () => number,
  ) {}

  /** @returns 0 if the amount was taken, else the milliseconds until it is available. */
  take(name: string, amount: number): number {
    const now = this.now();
    const bucket = this.buckets.get(name) ?? { left: this.size, at: now };
    const left = Math.min(bucket.left + ((now - bucket.at) * this.size) / this.periodMs, this.size);
    const taken = left >= amount;
    this.buckets.set(name, { left: taken ? Math.min(left - amount, this.size) : left, at: now });
    return taken ? 0 : Math.ceil(((amount - left) * this.periodMs) / this.size);
  }
}
