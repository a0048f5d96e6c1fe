// Values of measures by dist, line by line: {qrels, run, measures} in, {query: {measure: value}} out. For check_measures.py.

import { createInterface } from 'node:readline';
import { evaluate } from '../../dist/evaluation/index.js';

const toMaps = (table) =>
  new Map(Object.entries(table).map(([query, row]) => [query, new Map(Object.entries(row))]));

for await (const line of createInterface({ input: process.stdin })) {
  const { qrels, run, measures } = JSON.parse(line);
  const { queries } = evaluate(toMaps(qrels), toMaps(run), measures);
  console.log(
    JSON.stringify(Object.fromEntries([...queries].map(([query, row]) => [query, Object.fromEntries(row)]))),
  );
}
