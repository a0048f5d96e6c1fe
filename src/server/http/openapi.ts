import { z } from 'zod';
import { FAILURE } from '../dialects/answers.js';
import { REQUEST_EXAMPLES } from '../dialects/request-examples.js';
import { ROUTED_DIALECTS } from '../dialects/routed.js';
import { INSPECT_BODY, TOKENIZE_BODY } from '../dialects/schemas.js';
import { EXPLAIN_METHODS, type ExplainLevel, METHODS_OF } from '../explain/explain-calls.js';
import { OPEN_PATHS } from '../routes/health-routes.js';
import { INSPECT_PATH } from '../routes/inspect-route.js';
import { PAGE_PATHS } from '../routes/page-routes.js';
import type { Settings } from '../settings.js';
import { ANSWERS } from './openapi-answers.js';

type Json = Readonly<Record<string, unknown>>;

/** Errors of every path that scores. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request is not understood',
  401: 'The API key is missing or not valid',
  403: 'The Host or Origin is not allowed and there are no keys',
  404: 'The model is not served',
  408: 'The body did not arrive in time',
  413: 'The body or its contents are too large',
  415: 'The body is compressed',
  429: 'The queue is full or the quota of the key is used up; Retry-After says when to try again',
  500: 'The server failed',
  503: 'The model is restarting, or the server is shutting down',
  504: 'The request was not answered in time',
};

/** Errors of the dialects that have statuses of their own. */
const OWN_REFUSALS: Readonly<Record<number, string>> = {
  422: 'Fields of the request are not valid',
  424: 'The model failed',
};

const GETS: Readonly<Record<string, string>> = {
  '/health': 'Whether requests are accepted',
  '/health/live': 'Whether the process answers',
  '/health/ready': 'Whether requests are accepted',
  '/v1/models': 'The served models',
  '/info': 'The default model and the limits',
  '/metrics': 'Metrics for Prometheus',
  '/openapi.json': 'This document',
  '/': 'The playground, a page for trying requests',
  '/docs': 'This document as a page',
};

/** The group of each path on the page of this document. */
const TAGS: Readonly<Record<string, readonly string[]>> = {
  Models: ['/tokenize', '/v1/models', '/info'],
  Operation: ['/health', '/health/live', '/health/ready', '/metrics'],
  Documentation: ['/openapi.json', ...PAGE_PATHS],
};

/** The OpenAPI 3.1 document, generated from the schemas that check requests. */
export function describeApi(
  version: string,
  {
    strict,
    keys,
    explain,
    calibrated,
  }: Pick<Settings, 'strict' | 'explain'> & { readonly keys: boolean; readonly calibrated: boolean },
): Json {
  const bodySchema = (schema: z.ZodObject): Json =>
    onlyOfThisServer(
      {
        ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
        ...(strict ? { additionalProperties: false } : {}),
      },
      { explain, calibrated },
    );
  const paths: Record<string, Json> = {};
  for (const { path, dialects } of ROUTED_DIALECTS) {
    const schemas = dialects.map(({ schema }) => bodySchema(schema));
    const answers = dialects.map(({ answer }) => jsonSchema(answer));
    const failure = anyOf(dialects.map(({ failure }) => jsonSchema(failure)));
    const examples = Object.fromEntries(
      dialects.map(({ name, summary }) => [name, { summary, value: REQUEST_EXAMPLES[name] }]),
    );
    paths[path] = {
      post: {
        operationId: path.slice(1).replaceAll('/', '_'),
        tags: ['Scoring'],
        summary: dialects.map(({ summary }) => summary).join('; or: '),
        parameters: [
          {
            name: 'dry_run',
            in: 'query',
            required: false,
            schema: { type: 'boolean' },
            description: 'Only count tokens, batches, padding and cuts, without a forward pass',
          },
        ],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: anyOf(schemas), examples } },
        },
        responses: {
          200: {
            description: 'The answer',
            content: {
              'application/json': { schema: anyOf(answers) },
              'application/x-ndjson': { schema: { type: 'string' } },
            },
          },
          ...refusals(REFUSALS, failure),
          ...(dialects.some(({ statuses }) => statuses) ? refusals(OWN_REFUSALS, failure) : {}),
        },
      },
    };
  }
  paths['/tokenize'] = {
    post: {
      operationId: 'tokenize',
      tags: tagsOf('/tokenize'),
      summary: 'The tokens of texts (inputs: text-embeddings-inference, prompt: vLLM)',
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: bodySchema(TOKENIZE_BODY),
            examples: { tei: { value: REQUEST_EXAMPLES.tokenize } },
          },
        },
      },
      responses: {
        200: {
          description: 'The tokens',
          content: { 'application/json': { schema: jsonSchema(ANSWERS['/tokenize'] as z.ZodType) } },
        },
        ...refusals(REFUSALS),
      },
    },
  };
  const inspectPath = {
    post: {
      operationId: 'inspect',
      tags: ['Scoring'],
      summary: 'Why documents scored as they did: words, sentences, layers, heads',
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: bodySchema(INSPECT_BODY),
            examples: { inspect: { value: REQUEST_EXAMPLES.inspect } },
          },
        },
      },
      responses: {
        200: {
          description: 'The inspections; as a page if text/html is accepted',
          content: {
            'application/json': { schema: jsonSchema(ANSWERS[INSPECT_PATH] as z.ZodType) },
            'text/html': { schema: { type: 'string' } },
          },
        },
        ...refusals(REFUSALS),
      },
    },
  };
  if (explain !== 'off') {
    paths[INSPECT_PATH] = inspectPath;
  }
  for (const [path, summary] of Object.entries(GETS)) {
    const isPage = PAGE_PATHS.includes(path);
    const isOpen = isPage || OPEN_PATHS.includes(path);
    const answer = jsonSchema(ANSWERS[path] ?? z.string());
    const type = isPage ? 'text/html' : path === '/metrics' ? 'text/plain' : 'application/json';
    paths[path] = {
      get: {
        operationId: `get_${path.slice(1).replaceAll(/\W/g, '_')}`,
        tags: tagsOf(path),
        summary,
        ...(isOpen ? { security: [] } : {}),
        responses: {
          200: { description: summary, content: { [type]: { schema: answer } } },
          ...(path === '/health' || path === '/health/ready' ? { 503: answerOf('Not now', answer) } : {}),
          ...(isOpen ? {} : refusalsOf(401, 403, 429)),
        },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'tfjs-reranker', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    ...(keys ? { security: [{ key: [] }] } : {}),
  };
}

function refusals(texts: Readonly<Record<number, string>>, schema?: Json): Json {
  return Object.fromEntries(Object.entries(texts).map(([status, text]) => [status, answerOf(text, schema)]));
}

function answerOf(description: string, schema: Json = jsonSchema(FAILURE)): Json {
  return { description, content: { 'application/json': { schema } } };
}

function jsonSchema(schema: z.ZodType): Json {
  return z.toJSONSchema(schema);
}

function anyOf(schemas: readonly Json[]): Json {
  return schemas.length === 1 ? (schemas[0] as Json) : { anyOf: schemas };
}

/**
 * A schema with only this server's ways to explain, and with calibrated scores only where there are some; null alone
 * elsewhere, because an enum must not be empty.
 */
function onlyOfThisServer(
  schema: Json,
  { explain, calibrated }: { readonly explain: ExplainLevel; readonly calibrated: boolean },
): Json {
  const ofThisServer = (name: string, value: unknown): unknown => {
    if (name === 'min_calibrated_score' && !calibrated) {
      return { type: 'null', description: 'This server has no calibration' };
    }
    if (name === 'enum' && String(value) === String(EXPLAIN_METHODS)) {
      return explain === 'off' ? [null] : METHODS_OF[explain];
    }
    return value;
  };
  return JSON.parse(JSON.stringify(schema, ofThisServer)) as Json;
}

function tagsOf(path: string): string[] {
  return Object.keys(TAGS).filter((tag) => TAGS[tag]?.includes(path));
}

function refusalsOf(...statuses: readonly number[]): Json {
  return Object.fromEntries(statuses.map((status) => [status, answerOf(REFUSALS[status] as string)]));
}
