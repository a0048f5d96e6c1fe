import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * Files that are too large for this repository or not ours to give: XQuAD (`data/xquad`), published tokenizers
 * (`tokenizers`), collected ids and scores (`data`). TEST_DATA names the folder that has them; CI's part
 * `outside-data` runs the tests that read it.
 */
export function outsideData(name: string): string {
  return path.join(process.env.TEST_DATA ?? '', name);
}

/** Why a test is skipped that needs these files of `outsideData`, or undefined if all are there. */
export function lacks(...names: readonly string[]): string | undefined {
  if (process.env.TEST_DATA === undefined) {
    return 'TEST_DATA names no folder';
  }
  const absent = names.find((name) => !existsSync(outsideData(name)));
  return absent === undefined ? undefined : `${outsideData(absent)} is absent`;
}
