import { describe, expect, test } from 'vitest';
import {
  countByBin,
  type DatasetInspection,
  findDisagreements,
} from '../../../dist/inspection/report/dataset-scores.js';
import { sampleDataset } from '../../support/sample-dataset.js';

const of = (...rows: [query: string, logit: number, other: number | null][]): DatasetInspection =>
  sampleDataset(rows.map(([query, logit, otherLogit]) => ({ query, logit, otherLogit })));

describe('a scored set', () => {
  test('is counted in bins of one width, with 1 in the last', () => {
    expect(countByBin([0, 0.05, 0.5, 0.999, 1], 4)).toEqual([2, 0, 1, 2]);
    expect(countByBin([], 3)).toEqual([0, 0, 0]);
  });

  test('shows where two models differ most', () => {
    const dataset = of(['q', 1, 1.1], ['q', 2, 1], ['q', 0, 0.5], ['q', 0, null]);
    expect(findDisagreements(dataset, 2)).toEqual([
      { row: 1, difference: -1 },
      { row: 2, difference: 0.5 },
    ]);
  });
});
