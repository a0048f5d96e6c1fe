import { expect, test } from 'vitest';
import { parseMeasures } from '../../dist/evaluation/measures.js';
import { qualityPage } from '../../dist/evaluation/quality-page.js';
import { measureReranking } from '../../dist/evaluation/rerank-quality.js';

type Table = Map<string, Map<string, number>>;
const table = (rows: Record<string, Record<string, number>>): Table =>
  new Map(Object.entries(rows).map(([query, row]) => [query, new Map(Object.entries(row))]));

const collection = {
  queries: new Map([
    ['won', 'first question'],
    ['lost', '<img src=x onerror=alert(1)>'],
    ['missed', 'third \u202e question'],
  ]),
  documents: new Map([
    ['a', 'text of a'],
    ['b', `${'long '.repeat(200)}end`],
    ['c', '</style><script>x</script>'],
  ]),
  qrels: table({ won: { a: 1 }, lost: { a: 1, c: 1 }, missed: { c: 2 } }),
};
const firstStage = table({ won: { a: 1, b: 2 }, lost: { a: 2, b: 1 }, missed: { a: 2, b: 1 } });
const reranked = table({ won: { a: 2.5, b: 1 }, lost: { a: -1, b: 1 }, missed: { a: 1, b: 2 } });

const { html } = qualityPage({
  title: 'model on 3 questions',
  verdict: 'A sentence.',
  qualities: measureReranking(collection.qrels, firstStage, reranked, parseMeasures('RR@10 AP')),
  ...{ collection, firstStage, reranked },
  facts: [['dtype', 'float32']],
});

test('each question stands in its list, with its values and the cause', () => {
  const sectionOf = (title: string): string =>
    html.split(`aria-label="${title}"`)[1]?.split('</section>')[0] ?? '';
  expect(sectionOf('Largest gains')).toContain('first question');
  expect(sectionOf('Largest gains')).toContain('0.500 → 1.000; best relevant document 2 → 1<');
  expect(sectionOf('Largest losses')).toContain(
    '1.000 → 0.500; best relevant document 1 → 2; the first stage missed 1 of 2<',
  );
  expect(sectionOf('Not solved by either')).toContain('the first stage missed all relevant documents<');
  expect(sectionOf('Measures')).toContain('<th scope="row">RR@10</th>');
  expect(sectionOf('Gains and losses')).toContain('1 worse, 1 the same, 1 better');
  expect(html).toContain('dtype: float32');
});

test('texts are shown, not obeyed; long ones are cut; nothing is loaded', () => {
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(html).not.toMatch(/<script|<img|\u202e/);
  expect(html).not.toContain('long end');
  expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
  expect(html).toContain('default-src &#39;none&#39;');
});
