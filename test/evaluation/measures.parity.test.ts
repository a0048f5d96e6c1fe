import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { evaluate } from '../../dist/evaluation/index.js';
import { ROOT } from '../support/run-cli.js';

type Table = Readonly<Record<string, Readonly<Record<string, number>>>>;

const cases: readonly { qrels: Table; run: Table; measures: string; expected: Table }[] = JSON.parse(
  readFileSync(path.join(ROOT, 'test/fixtures/measures.json'), 'utf8'),
);

const toMaps = (table: Table): Map<string, Map<string, number>> =>
  new Map(Object.entries(table).map(([query, row]) => [query, new Map(Object.entries(row))]));

test("every measure equals trec_eval's on random runs, by pytrec_eval", () => {
  let compared = 0;
  for (const { qrels, run, measures, expected } of cases) {
    const { queries } = evaluate(toMaps(qrels), toMaps(run), measures);
    for (const [query, row] of Object.entries(expected)) {
      for (const [name, value] of Object.entries(row)) {
        expect(Math.abs((queries.get(query)?.get(name) ?? Number.NaN) - value)).toBeLessThan(1e-9);
        compared += 1;
      }
    }
  }
  expect(compared).toBeGreaterThan(1000);
});
