import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Bm25Builder } from '../../dist/retrieval/index.js';
import { ROOT } from '../support/run-cli.js';

interface Golden {
  readonly documents: readonly string[];
  readonly queries: readonly string[];
  readonly cases: readonly { k1: number; b: number; scores: readonly (readonly number[])[] }[];
}

const golden: Golden = JSON.parse(readFileSync(path.join(ROOT, 'test/fixtures/bm25.json'), 'utf8'));

test.each(golden.cases)("scores equal those of Python's bm25s with k1 $k1, b $b", ({ k1, b, scores }) => {
  const builder = new Bm25Builder({ k1, b, toTerms: (text) => text.split(' ') });
  for (const document of golden.documents) builder.add(document);
  const index = builder.build();
  const distances = golden.queries.flatMap((query, i) =>
    Array.from(index.scores(query), (score, j) => Math.abs(score - (scores[i]?.[j] ?? Number.NaN))),
  );
  expect(distances.length).toBe(golden.queries.length * golden.documents.length);
  expect(Math.max(...distances)).toBeLessThan(1e-6);
});
