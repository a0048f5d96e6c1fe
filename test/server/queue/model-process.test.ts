import { describe, expect, onTestFinished, test } from 'vitest';
import { startTestServer, until } from '../../support/test-server.js';

describe('model process', () => {
  test('one that hangs with work is ended and restarted; without work it may be silent', async () => {
    const server = await startTestServer({ hangMs: 4000 });
    onTestFinished(() => server.close());
    const { remote, queue } = server.running.models.all[0];
    const [pid] = remote.pids;
    const body = { query: 'he', documents: ['an', 'in'] };
    server.killModel('SIGSTOP');
    const lost = server.post('/v1/rerank', body);
    await until(() => server.log.some((line) => line.includes('is lost')));
    const { status, headers } = await lost;
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(server.log.join('')).toContain('answered nothing for 4 s and was ended');
    expect((await server.post('/v1/rerank', body)).status).toBe(200);
    expect(remote.pids).not.toContain(pid);
    expect(queue.admission).toMatchObject({ tokens: 0, requests: 0 });
    expect((await server.get('/metrics')).text).toContain('rerank_model_losses_total{model="tiny"} 1');
  });
});
