import { expect, test } from 'vitest';
import { formatHeatMap } from '../../../dist/cli/format/heat-map.js';

test('a line for each row, a cell for each value, darker by powers of ten', () => {
  const rows = [
    { name: 'embeddings', values: [0, 1e-6, 9e-6, 9e-5, 9e-4, 9e-3] },
    { name: 'head', values: [Number.NaN, 0, 0, 0, 0, Number.POSITIVE_INFINITY] },
  ];
  expect(formatHeatMap(rows, 1e-6, 80)).toEqual([
    'embeddings  ··░▒▓█',
    'head        █····█',
    '            · to 1e-6  ░ to 1e-5  ▒ to 1e-4  ▓ to 1e-3  █ more',
  ]);
});

test('if there are few columns, a cell shows the largest of its neighbours', () => {
  const values = Array.from({ length: 20 }, (_, i) => (i === 5 ? 1 : 0));
  const [line] = formatHeatMap([{ name: 'x', values }], 1e-6, 13);
  expect(line).toBe('x  ··█·······');
});
