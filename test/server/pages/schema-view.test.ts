import { describe, expect, test } from 'vitest';
import { apiView } from '../../../dist/server/pages/api-view.js';
import { fieldsOf, schemaView, typeOf } from '../../../dist/server/pages/schema-view.js';

describe('a type in words', () => {
  test.each([
    [{ type: 'string' }, 'string'],
    [{}, 'any'],
    [{ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }, 'integer ≥ 1'],
    [{ type: 'number', minimum: 0, maximum: 1 }, 'number ≥ 0 ≤ 1'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string or null'],
    [{ type: ['string', 'null'] }, 'string or null'],
    [{ type: 'array', items: { type: 'string' } }, 'string[]'],
    [{ type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'object' }] } }, '(string or object)[]'],
    [{ enum: ['a', 'b'], type: 'string' }, '"a" or "b"'],
    [{ const: 'rerank', type: 'string' }, '"rerank"'],
  ])('%j is %s', (schema, words) => {
    expect(typeOf(schema)).toBe(words);
  });
});

const BODY = {
  type: 'object',
  required: ['query', 'results'],
  properties: {
    query: { type: 'string', description: 'The <query>' },
    results: {
      type: 'array',
      items: {
        type: 'object',
        required: ['index'],
        properties: {
          index: { type: 'integer' },
          tokens: {
            anyOf: [{ type: 'object', properties: { used: { type: 'integer' } } }, { type: 'null' }],
          },
        },
      },
    },
  },
};

test('fields have the path that leads to them, and are required if their object says so', () => {
  expect(fieldsOf(BODY).map(({ path, required }) => [path, required])).toEqual([
    ['query', true],
    ['results', true],
    ['results[].index', true],
    ['results[].tokens', false],
    ['results[].tokens.used', false],
  ]);
});

test('null means a missing field, and is not mentioned', () => {
  const nullable = [{ type: ['string', 'null'] }, { anyOf: [{ type: 'string' }, { type: 'null' }] }];
  for (const field of nullable) {
    expect(fieldsOf({ type: 'object', properties: { field } })[0]?.type).toBe('string');
  }
  const list = { type: ['array', 'null'], items: { type: 'object', properties: { id: {} } } };
  expect(fieldsOf({ properties: { list } }).map(({ path }) => path)).toEqual(['list', 'list[].id']);
});

test('descriptions are text', () => {
  expect(String(schemaView(BODY))).toContain('The &lt;query&gt;');
  expect(String(schemaView({ type: 'string' }))).toContain('string');
});

test('an API is its routes in groups, with a mark on those that want the key', () => {
  const operation = { summary: 'Does it', responses: { 200: { description: 'The answer' } } };
  const page = String(
    apiView({
      info: { title: 't', version: '1' },
      security: [{ key: [] }],
      paths: {
        '/a': { post: { ...operation, operationId: 'a', tags: ['One'] } },
        '/b': { get: { ...operation, operationId: 'b', security: [] } },
      },
    }),
  );
  expect(page.match(/<section/g)).toHaveLength(2);
  expect(page.match(/class="badge"/g)).toHaveLength(1);
  expect(page).toContain('<h2 class="api-group">One</h2>');
  expect(page).toContain('<h2 class="api-group">Other</h2>');
  expect(page.indexOf('API key')).toBeLessThan(page.indexOf('<code>/b'));
});
