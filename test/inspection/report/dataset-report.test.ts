import { describe, expect, test } from 'vitest';
import { lengthChart, scoreHistogram } from '../../../dist/inspection/report/dataset-charts.js';
import { datasetView } from '../../../dist/inspection/report/dataset-report.js';
import { sampleDataset } from '../../support/sample-dataset.js';

describe('the page of a set', () => {
  const rows = [
    { query: 'a', document: 'one', logit: 3, otherLogit: 2.5, tokens: 12 },
    { query: 'a', document: 'two', logit: 2.9, otherLogit: 2.6, tokens: 64, tokensCut: 30 },
    { query: 'b', document: '</script><b>three', logit: -4, otherLogit: -4.001, tokens: 20 },
  ];

  test('counts what was cut', () => {
    const shown = datasetView(sampleDataset(rows)).toString();
    expect(shown).toContain('1 pair of 3 (33 %) did not fit into 64 tokens; 30 tokens (24 %');
  });

  test('lists where two models disagree, the largest difference first, and which order changes', () => {
    const shown = datasetView(sampleDataset(rows)).toString();
    expect(shown).toContain('1 (100 %) change their order');
    expect(shown.indexOf('−0.5000')).toBeLessThan(shown.indexOf('−0.3000'));
    expect(shown.indexOf('−0.3000')).toBeLessThan(shown.indexOf('−0.0010'));
  });

  test('does not mention a comparison that was not made', () => {
    const shown = datasetView(
      sampleDataset(
        rows.map((row) => ({ ...row, otherLogit: null })),
        null,
      ),
    ).toString();
    expect(shown).not.toContain('disagree');
  });

  test('escapes texts', () => {
    const shown = datasetView(sampleDataset(rows)).toString();
    expect(shown).toContain('&lt;/script&gt;&lt;b&gt;three');
    expect(shown).not.toContain('<b>three');
  });

  test('draws a bar for each bin and a dot for each pair, squares for truncated ones', () => {
    const { rows: scored } = sampleDataset(rows);
    expect(scoreHistogram(scored).toString().match(/<rect/g)).toHaveLength(20);
    expect(
      lengthChart(scored)
        .toString()
        .match(/class="dot"/g),
    ).toHaveLength(2);
    expect(
      lengthChart(scored)
        .toString()
        .match(/class="dot-cut"/g),
    ).toHaveLength(1);
    const many = sampleDataset(Array.from({ length: 9000 }, (_, i) => ({ logit: i / 1000 }))).rows;
    expect(
      lengthChart(many)
        .toString()
        .match(/class="dot"/g),
    ).toHaveLength(3000);
    expect(lengthChart(many).toString()).toContain('one pair in 3 is shown');
  });
});
