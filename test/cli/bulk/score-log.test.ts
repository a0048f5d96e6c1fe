import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { RunIdentity } from '../../../dist/cli/bulk/run-identity.js';
import { ScoreLog } from '../../../dist/cli/bulk/score-log.js';
import type { ScoredWindow } from '../../../dist/cli/bulk/scored-window.js';
import { temporaryFolder } from '../../support/tiny-model.js';

const IDENTITY: RunIdentity = {
  ...{ weights: 'a'.repeat(64), backend: 'wasm', dtype: 'float32', activation: 'sigmoid', maxLength: 512 },
  ...{ truncation: 'longest_first', truncationSide: 'right', maxBatchTokens: 512, columns: null },
  ...{ inputFormat: 'auto', quarantine: false, inputBytes: 5, inputModified: 'now' },
};

const window = (start: number): ScoredWindow => ({
  rows: 3,
  logits: Float32Array.of(start, Math.fround(start + 0.1), 0),
  tokens: Int32Array.of(5, 6, 0),
  cut: Int32Array.of(0, 2, 0),
  bad: [{ index: 2, row: start + 3, reason: 'none\n熊' }],
});

async function windowsOf(log: ScoreLog): Promise<ScoredWindow[]> {
  const found: ScoredWindow[] = [];
  for await (const one of log.windows()) found.push(one);
  return found;
}

test('windows come back as they were; what was not written whole is cut off, wherever it ends', async () => {
  const file = path.join(temporaryFolder(), 'log');
  const log = await ScoreLog.open(file, IDENTITY, 1);
  await log.append(window(0));
  const oneWindow = readFileSync(file).length;
  await log.append(window(3));
  expect(log.totals).toEqual({ rows: 6, pairs: 4, tokens: 22, cut: 2, bad: 2 });
  await log.close();
  const whole = readFileSync(file);
  for (const end of [oneWindow + 1, oneWindow + 8, oneWindow + 41, whole.length - 1]) {
    writeFileSync(file, whole.subarray(0, end));
    const again = await ScoreLog.open(file, IDENTITY, 1);
    expect(again.totals.rows).toBe(3);
    await again.append(window(3));
    expect(await windowsOf(again)).toEqual([window(0), window(3)]);
    await again.close();
    expect(readFileSync(file).equals(whole)).toBe(true);
  }
  const damaged = Buffer.from(whole);
  damaged.writeUInt8((damaged.at(-30) as number) ^ 1, damaged.length - 30); // pages that never came to the disk
  writeFileSync(file, damaged);
  const after = await ScoreLog.open(file, IDENTITY, 1);
  expect(after.totals.rows).toBe(3);
  await after.close();
});

test('a log that was killed in its first line begins anew; another run is refused; so is another file', async () => {
  const file = path.join(temporaryFolder(), 'log');
  await (await ScoreLog.open(file, IDENTITY, 1)).close();
  const first = readFileSync(file);
  truncateSync(file, 20);
  await (await ScoreLog.open(file, IDENTITY, 1)).close();
  expect(readFileSync(file).equals(first)).toBe(true);
  await expect(
    ScoreLog.open(file, { ...IDENTITY, dtype: 'int8', weights: 'b'.repeat(64) }, 1),
  ).rejects.toThrow(
    'the model (sha256 of its weights) was aaaaaaaaaaaa…, is bbbbbbbbbbbb…; --dtype was float32, is int8.',
  );
  expect(readFileSync(file).equals(first)).toBe(true);
  writeFileSync(file, '');
  appendFileSync(file, 'a diary\n');
  await expect(ScoreLog.open(file, IDENTITY, 1)).rejects.toThrow('is not the progress of a run of score');
});
