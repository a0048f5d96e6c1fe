import type { ApiKey } from './auth.js';
import { retryAfter } from './error-map.js';
import { HttpError } from './http-error.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What a key may use. */
export interface QuotaLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly documentsPerDay?: number | undefined;
}

/** Counts what each key uses, in this process, and refuses what is too much. */
export class Quotas {
  private readonly requests: Allowance | undefined;
  private readonly documents: Allowance | undefined;

  /** @param now milliseconds that only grow. */
  constructor(
    { requestsPerMinute, documentsPerDay }: QuotaLimits,
    now: () => number = () => performance.now(),
  ) {
    this.requests =
      requestsPerMinute === undefined ? undefined : new Allowance(requestsPerMinute, MINUTE_MS, now);
    this.documents = documentsPerDay === undefined ? undefined : new Allowance(documentsPerDay, DAY_MS, now);
  }

  /** @throws HttpError 429 when the key's requests are used up. */
  countRequest(key: ApiKey): void {
    const waitMs = this.requests?.take(key.name, 1) ?? 0;
    if (waitMs > 0) {
      throw new HttpError(
        429,
        'rate_limited',
        `The key ${key.name} has no request left this minute.`,
        retryAfter(waitMs),
      );
    }
  }

  /** @throws HttpError 429 when the key's documents are used up; then none is counted. */
  countDocuments(key: ApiKey, documents: number): void {
    const waitMs = this.documents?.take(key.name, documents) ?? 0;
    if (waitMs > 0) {
      throw new HttpError(
        429,
        'rate_limited',
        `The key ${key.name} has no ${documents} documents left; they come back over a day.`,
        retryAfter(Math.min(waitMs, DAY_MS)),
      );
    }
  }

  /** Gives documents back that were not scored. */
  returnDocuments(key: ApiKey, documents: number): void {
    this.documents?.take(key.name, -documents);
  }
}

/** So much a period for each name: it fills steadily up to one period's worth. */
class Allowance {
  private readonly buckets = new Map<string, { left: number; at: number }>();

  constructor(
    private readonly size: number,
    private readonly periodMs: number,
    private readonly now: () => number,
  ) {}

  /** @returns 0 when it was taken, else after how many milliseconds it could be. */
  take(name: string, amount: number): number {
    const now = this.now();
    const bucket = this.buckets.get(name) ?? { left: this.size, at: now };
    const left = Math.min(bucket.left + ((now - bucket.at) * this.size) / this.periodMs, this.size);
    const taken = left >= amount;
    this.buckets.set(name, { left: taken ? Math.min(left - amount, this.size) : left, at: now });
    return taken ? 0 : Math.ceil(((amount - left) * this.periodMs) / this.size);
  }
}
