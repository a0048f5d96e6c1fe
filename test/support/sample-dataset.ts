import type { DatasetInspection, DatasetRow } from '../../dist/inspection/report/dataset-scores.js';
import { sigmoid } from '../../dist/math/sigmoid.js';

/** A scored set without a model; missing values of a row have defaults. */
export function sampleDataset(
  rows: readonly Partial<DatasetRow>[],
  compared: string | null = 'node, bfloat16',
): DatasetInspection {
  return {
    source: 'pairs.jsonl',
    model: {
      name: 'sample',
      backend: 'none',
      dtype: 'float32',
      layers: 3,
      heads: 4,
      maxLength: 64,
      truncation: 'longest_first',
    },
    compared,
    failed: [],
    rows: rows.map((row) => ({
      query: 'q',
      document: 'd',
      logit: 0,
      tokens: 10,
      tokensCut: 0,
      otherLogit: null,
      score: sigmoid(row.logit ?? 0),
      ...row,
    })),
  };
}
