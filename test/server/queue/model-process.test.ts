import { describe, expect, onTestFinished, test } from 'vitest';
import { InputError } from '../../../dist/errors/errors.js';
import { ModelProcess } from '../../../dist/process/model-process.js';
import { startTestServer, until } from '../../support/test-server.js';
import { tinyModel } from '../../support/tiny-model.js';

describe('model process', () => {
  test('what cannot be encoded fails its own group alone', async () => {
    const process = await ModelProcess.start({ model: tinyModel(), options: { backend: 'cpu' } });
    onTestFinished(() => process.close());
    const pairs = [{ query: 'he', document: 'an' }];
    const options = { maxLength: 39, truncation: 'longest_first' as const };
    const [first, second, third] = await process.encode([
      { pairs, options },
      { pairs, options: { ...options, maxLength: 1 } },
      { pairs, options },
    ]);
    expect(first).toHaveLength(1);
    expect(second).toBeInstanceOf(InputError);
    expect(third).toEqual(first);
  });

  test('one that hangs with work is ended and started again; without work it may be silent', async () => {
    const server = await startTestServer({ hangMs: 4000 });
    onTestFinished(() => server.close());
    const { host, queue } = server.running.models.all[0];
    const { pid } = host.current();
    const body = { query: 'he', documents: ['an', 'in'] };
    server.killModel('SIGSTOP');
    const lost = server.post('/v1/rerank', body);
    await until(() => server.log.some((line) => line.includes('is lost')));
    const { status, headers } = await lost;
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(server.log.join('')).toContain('answered nothing for 4 s and was ended');
    expect((await server.post('/v1/rerank', body)).status).toBe(200);
    expect(host.current().pid).not.toBe(pid);
    expect(queue.admission).toMatchObject({ tokens: 0, requests: 0 });
    expect((await server.get('/metrics')).text).toContain('rerank_model_losses_total{model="tiny"} 1');
  });
});
