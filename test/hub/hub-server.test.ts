import { expect, test } from 'vitest';
import { HubError, ModelChangedError } from '../../dist/errors/errors.js';
import type { DownloadProgress } from '../../dist/hub/pull-options.js';
import { resolveModel } from '../../dist/hub/resolve.js';
import { Reranker } from '../../dist/reranker/reranker.js';
import { DEFAULT_LIMITS } from '../../dist/server/settings.js';
import { type RunningServer, startServer } from '../../dist/server/start.js';
import { hubFixture, tinyFiles } from '../support/hub-fixture.js';
import { until } from '../support/test-server.js';

const ID = 'owner/name';
const PAIRS = [{ query: 'an', document: 'he in an' }];

/** The same model with another last weight. */
function changed(files: Record<string, Buffer>): Record<string, Buffer> {
  const weights = Buffer.from(files['model.safetensors'] as Buffer);
  weights[weights.length - 1] = (weights[weights.length - 1] as number) ^ 1;
  return { ...files, 'model.safetensors': weights };
}

test('the library downloads a model, reports its progress, and tells which commit it has', async () => {
  const { hub } = await hubFixture();
  const commit = hub.push(ID, tinyFiles());
  const seen: DownloadProgress[] = [];
  await expect(Reranker.load(ID, { backend: 'cpu', offline: true })).rejects.toThrow(HubError);
  expect(hub.requests).toEqual([]);
  const reranker = await Reranker.load(ID, {
    backend: 'cpu',
    onDownloadProgress: (progress) => seen.push(progress),
  });
  expect(reranker.info).toMatchObject({ model: ID, revision: commit });
  expect((await reranker.score(PAIRS))[0]?.logit).toEqual(expect.any(Number));
  reranker.dispose();
  const { loadedBytes, totalBytes, model, state } = seen.at(-1) as DownloadProgress;
  expect({ loadedBytes, model, state }).toEqual({
    loadedBytes: totalBytes,
    model: `${ID}@main`,
    state: 'downloading',
  });
  const again = await Reranker.load(ID, { backend: 'cpu', offline: true });
  again.dispose();
});

test('the library obeys a lock file too', async () => {
  const { hub, cache } = await hubFixture();
  const files = tinyFiles();
  hub.push(ID, files);
  const lockFile = `${cache}.lock.json`;
  const { writeLock } = await import('../../dist/hub/lock-file.js');
  await writeLock(lockFile, ID, await resolveModel(ID));
  const { writeFile } = await import('node:fs/promises');
  const { folder } = await resolveModel(ID, { lockFile });
  await writeFile(`${folder}/model.safetensors`, changed(files)['model.safetensors'] as Buffer);
  const error: unknown = await Reranker.load(ID, { backend: 'cpu', lockFile }).catch((reason) => reason);
  expect(error).toBeInstanceOf(ModelChangedError);
  expect((error as ModelChangedError).files).toEqual(['model.safetensors']);
  await writeFile(lockFile, '{"lockfile_version": 2}');
  await expect(resolveModel(ID, { lockFile })).rejects.toThrow(/is no lock file of this program/);
});

test('the server serves a model by its name, and a restarted process has the same state', async () => {
  const { hub } = await hubFixture();
  const files = tinyFiles();
  hub.push(ID, files);
  let running: RunningServer | undefined;
  try {
    running = await startServer({
      port: 0,
      models: [{ folder: ID, aliases: [] }],
      scorer: { backend: 'cpu' },
      keys: [],
      settings: {
        ...{
          limits: DEFAULT_LIMITS,
          explain: 'off',
          strict: false,
          host: '127.0.0.1',
          allowedHosts: [],
          corsOrigins: [],
        },
      },
      hangMs: 60_000,
      logLevel: 'silent',
      logStream: { write: () => true },
      version: '0.0.0',
    });
    const { remote, name } = running.models.all[0];
    expect(name).toBe(ID);
    const before = await remote.score(PAIRS);
    const [pid] = remote.pids as [number];
    hub.push(ID, changed(files));
    await resolveModel(ID, { update: true }); // as another program on this machine
    process.kill(pid, 'SIGKILL');
    await until(() => remote.isUp && !remote.pids.includes(pid));
    expect(await remote.score(PAIRS)).toEqual(before);
    const url = `http://127.0.0.1:${running.port}/v1/rerank`;
    const ask = async (model: string): Promise<number> => {
      const body = JSON.stringify({ model, query: 'an', documents: ['he', 'in an'] });
      return (await fetch(url, { method: 'POST', body })).status;
    };
    expect([await ask(ID), await ask('name'), await ask('other/name')]).toEqual([200, 200, 404]);
  } finally {
    await running?.close(10_000);
  }
});
