import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Models, ServedModel } from '../queue/models.js';
import type { ComputedBatch } from '../queue/score-queue.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const SHARES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1];
const COUNTS = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const TOKENS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192];

/** The facts of an answered request that are counted. */
export interface RequestCount {
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  readonly model?: string | undefined;
}

/** The number of scored documents, the unit in which hosts bill. */
export interface DocumentCount {
  readonly model: string;
  readonly route: string;
  readonly key: string;
  readonly documents: number;
  readonly tokens: number;
  readonly queueSeconds: number;
}

/** All metrics for Prometheus, in a separate registry for each application. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests = this.counter('requests_total', 'Answered requests.', [
    'route',
    'status',
    'model',
  ]);
  private readonly requestSeconds = this.histogram('request_seconds', 'From request to answer.', SECONDS, [
    'route',
  ]);
  private readonly documents = this.counter('documents_total', 'Scored documents.', [
    'model',
    'route',
    'key',
  ]);
  private readonly explanations = this.counter('explanations_total', 'Explained documents.', [
    'model',
    'route',
  ]);
  private readonly tokens = this.counter('tokens_total', 'Tokens of scored pairs, padding not counted.', [
    'model',
    'route',
    'key',
  ]);
  private readonly queueSeconds = this.histogram(
    'queue_wait_seconds',
    'From tokens until the first batch.',
    SECONDS,
    ['model'],
  );
  private readonly batchPairs = this.histogram('batch_sequences', 'Sequences of a batch.', COUNTS, ['model']);
  private readonly batchTokens = this.histogram(
    'batch_tokens',
    'Tokens of a batch, padding counted.',
    TOKENS,
    ['model'],
  );
  private readonly padding = this.histogram('batch_padding_share', 'Share of padding in a batch.', SHARES, [
    'model',
  ]);
  private readonly inferenceSeconds = this.histogram('inference_seconds', 'Computing one batch.', SECONDS, [
    'model',
  ]);
  private readonly tensors = this.gauge(
    'tensors',
    "Tensors alive in the model's process after its last batch.",
  );
  private readonly modelRss = this.gauge(
    'model_resident_bytes',
    "Memory of the model's process after its last batch.",
  );
  private readonly losses = this.counter(
    'model_losses_total',
    "How often the model's process ended by itself.",
    ['model'],
  );

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    // These gauges are named like counters; nodejs_active_handles and the like have the same values by type.
    for (const name of ['handles', 'requests', 'resources']) {
      this.registry.removeSingleMetric(`nodejs_active_${name}_total`);
    }
  }

  /** Adds the queues and states of these models. */
  watch(models: Models): void {
    const each = (name: string, help: string, value: (model: ServedModel) => number): void => {
      const gauge = this.gauge(name, help, () => {
        for (const model of models.all) {
          gauge.set({ model: model.name }, value(model));
        }
      });
    };
    each('queue_tokens', 'Accepted tokens that are not answered yet.', ({ queue }) => queue.admission.tokens);
    each(
      'queue_requests',
      'Accepted requests that are not answered yet.',
      ({ queue }) => queue.admission.requests,
    );
    each('model_ready', "1 while the model's process is up.", ({ remote }) => (remote.isUp ? 1 : 0));
  }

  countRequest({ route, status, seconds, model = '' }: RequestCount): void {
    this.requests.inc({ route, status: String(status), model });
    this.requestSeconds.observe({ route }, seconds);
  }

  countDocuments({ model, route, key, documents, tokens, queueSeconds }: DocumentCount): void {
    this.documents.inc({ model, route, key }, documents);
    this.tokens.inc({ model, route, key }, tokens);
    this.queueSeconds.observe({ model }, queueSeconds);
  }

  countExplanations(model: string, route: string, documents: number): void {
    this.explanations.inc({ model, route }, documents);
  }

  countBatch(
    model: string,
    { sequences, tokens, paddedTokens, computeMs, tensors, rssBytes }: ComputedBatch,
  ): void {
    this.batchPairs.observe({ model }, sequences);
    this.batchTokens.observe({ model }, paddedTokens);
    this.padding.observe({ model }, 1 - tokens / paddedTokens);
    this.inferenceSeconds.observe({ model }, computeMs / 1000);
    this.tensors.set({ model }, tensors);
    this.modelRss.set({ model }, rssBytes);
  }

  countLoss(model: string): void {
    this.losses.inc({ model });
  }

  /** The metrics in Prometheus' text format, and their content type. */
  async expose(): Promise<{ readonly text: string; readonly contentType: string }> {
    return { text: await this.registry.metrics(), contentType: this.registry.contentType };
  }

  private counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name: `rerank_${name}`, help, labelNames, registers: [this.registry] });
  }

  private gauge(name: string, help: string, collect?: () => void): Gauge {
    return new Gauge({
      name: `rerank_${name}`,
      help,
      labelNames: ['model'],
      registers: [this.registry],
      ...(collect && { collect }),
    });
  }

  private histogram(name: string, help: string, buckets: number[], labelNames: string[]): Histogram {
    return new Histogram({ name: `rerank_${name}`, help, buckets, labelNames, registers: [this.registry] });
  }
}
