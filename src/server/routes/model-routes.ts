import type { Hono } from 'hono';
import type { AppDeps, AppEnv } from '../http/context.js';
import { describeModel } from '../queue/models.js';

/** `/v1/models`: the served models in OpenAI's shape. `/info`: the default model, as text-embeddings-inference has it. */
export function addModelRoutes(app: Hono<AppEnv>, { models, settings }: AppDeps, version: string): void {
  const created = Math.floor(Date.now() / 1000);
  app.get('/v1/models', (c) =>
    c.json({
      object: 'list',
      data: models.all.map((model) => ({
        id: model.name,
        object: 'model',
        created,
        owned_by: 'tfjs-reranker',
        aliases: model.aliases,
        max_model_len: model.remote.info.maxLength,
        ready: model.remote.isUp,
        ...describeModel(model),
      })),
    }),
  );
  app.get('/info', (c) => {
    const [model] = models.all;
    const { info, maxBatchTokens } = model.remote;
    const { labels } = info.config;
    return c.json({
      model_id: model.name,
      model_sha: model.sha256,
      model_dtype: info.dtype,
      model_type: {
        reranker: {
          id2label: Object.fromEntries(labels.map((label, i) => [String(i), label])),
          label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
        },
      },
      backend: info.backend.description,
      activation: info.activation,
      max_input_length: info.maxLength,
      max_batch_tokens: maxBatchTokens,
      max_client_batch_size: settings.limits.maxDocuments,
      auto_truncate: true,
      version,
      limits: settings.limits,
    });
  });
}
