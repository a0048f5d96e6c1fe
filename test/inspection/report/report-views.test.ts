import { describe, expect, test } from 'vitest';
import type { InspectedAttribution, Inspection } from '../../../dist/inspection/inspection.js';
import { colouredText, colourLegend } from '../../../dist/inspection/report/coloured-text.js';
import { comparisonPanel } from '../../../dist/inspection/report/comparison-panel.js';
import { depthChart } from '../../../dist/inspection/report/depth-chart.js';
import { documentView } from '../../../dist/inspection/report/document-view.js';
import { headShares, restOf } from '../../../dist/inspection/report/logit-shares-panel.js';
import { percent, plural, signed } from '../../../dist/inspection/report/numbers.js';
import { sentenceList } from '../../../dist/inspection/report/sentence-list.js';
import { colourScale } from '../../../dist/inspection/report/strength.js';
import { tokenTable } from '../../../dist/inspection/report/token-table.js';
import { visibleText } from '../../../dist/inspection/report/visible-text.js';
import { sampleInspection } from '../../support/sample-inspection.js';

const first = (inspection: Inspection): InspectedAttribution =>
  inspection.attributions[0] as InspectedAttribution;

const scaleOf = (inspection: Inspection) => colourScale([inspection], 'occlusion');

/** The visible text: without markup, with entities resolved. */
function textOf(source: { toString(): string }): string {
  return source
    .toString()
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

const HOSTILE = [
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '<!-- & &amp; &lt;b&gt;',
  'a`b`c',
];

describe('the coloured text', () => {
  test('has each word with its colour step and its value, and every other character unchanged', () => {
    const inspection = sampleInspection({
      document: 'Corals starve,  next\nturn white!',
      effects: { 'starve,': 2, turn: -1, next: 0.01 },
    });
    const shown = colouredText(inspection, first(inspection), 'document', scaleOf(inspection)).toString();
    expect(shown).toContain('<span class="w up8" title="starve,  +2.00">starve,</span>');
    expect(shown).toContain('<span class="w down4" title="turn  −1.00">turn</span>');
    expect(shown).toContain('<span class="w" title="next  +0.01">next</span>');
    expect(textOf(shown)).toBe(inspection.pair.document);
  });

  test('strikes through what the model did not read', () => {
    const inspection = sampleInspection({ document: 'one two three four', seenWords: 2 });
    const shown = colouredText(inspection, first(inspection), 'document', scaleOf(inspection)).toString();
    expect(shown).toMatch(/<span class="cut"[^>]*>three four<\/span>/);
    expect(textOf(shown)).toBe('one two three four');
  });

  test.each([...HOSTILE, 'السلام عليكم يا صديقي', '👩‍👩‍👧 🏳️‍🌈 ok', '中文，没有空格。'])(
    'shows %j as text',
    (text) => {
      const inspection = sampleInspection({ query: text, document: text });
      for (const part of ['query', 'document'] as const) {
        const shown = colouredText(inspection, first(inspection), part, scaleOf(inspection)).toString();
        expect(textOf(shown)).toBe(text);
        expect(
          shown.replaceAll(/<\/?(p|span)( (class|dir|title|data-sentence)="[^"<>]*")*>/g, ''),
        ).not.toMatch(/[<>"]/);
      }
    },
  );

  test('shows control characters, and direction marks have no effect', () => {
    expect(visibleText('a\u0000b\u001b[31m\u007f\u0085')).toBe('a␀b␛[31m␡\ufffd');
    expect(visibleText('tab\tline\n')).toBe('tab\tline\n');
    expect(visibleText('\u202ereversed\u2066 \ud800x')).toBe('\ufffdreversed\ufffd \ufffdx');
  });

  test('says in its legend what the full colour means', () => {
    const inspection = sampleInspection({ effects: { starve: 1.25 }, document: 'Corals starve' });
    expect(textOf(colourLegend(scaleOf(inspection)))).toContain(
      '1.25 of the logit in the document, 0.50 in the query',
    );
  });
});

describe('the other views', () => {
  test('sentences are ordered by their effect, each with its own score', () => {
    const inspection = sampleInspection({
      document: 'One bad. Two good.',
      effects: { bad: -1, 'bad.': -1, 'good.': 2 },
    });
    const shown = textOf(sentenceList(inspection, first(inspection), scaleOf(inspection)));
    expect(shown.indexOf('Two good.')).toBeLessThan(shown.indexOf('One bad.'));
    expect(shown).toContain('+2.10');
    expect(shown).toContain('−0.90');
    expect(shown).toContain('alone 0.62'); // sigmoid(0.5)
  });

  test('the table has a row for each token, cut ones too, with places and values', () => {
    const inspection = sampleInspection({ document: 'one two three', seenWords: 2, effects: { two: 1 } });
    const rows = tokenTable(inspection).toString().match(/<tr/g) ?? [];
    expect(rows).toHaveLength(1 + inspection.tokens.length + 1);
    const shown = tokenTable(inspection).toString();
    expect(shown).toMatch(/cut-row.*three/s);
    expect(shown).toContain('4–7'); // two
    expect(shown).toContain('+1.000');
  });

  test('the chart of depth has a point for each layer, and a label with all scores', () => {
    const { depth } = sampleInspection({ layers: 3 });
    const shown = depthChart(depth).toString();
    expect(shown.match(/<circle/g)).toHaveLength(4);
    expect(shown).toContain('aria-label="Score by depth: 0.05, 0.27, 0.73, 0.95"');
    expect(shown).toContain('After layer 2: score 0.731, logit 1.00');
    expect(shown).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('shares of heads are coloured by their sign, and the rest is what belongs to no block', () => {
    const { logitShares } = sampleInspection({ layers: 2, heads: 2 });
    if (logitShares === undefined) {
      throw new Error('The sample has shares.');
    }
    const shown = headShares(logitShares).toString();
    expect(shown).toContain('head-share for step8"');
    expect(shown).toContain('Layer 2, head 1: +0.40');
    expect(shown).toContain('Layer 1, head 2: −0.10');
    expect(restOf(logitShares)).toBeCloseTo(0.2, 12);
  });

  test('a comparison shows the difference by words of the query, and strikes through what would reverse the order', () => {
    const a = sampleInspection({ document: 'one two' });
    const b = sampleInspection({ document: 'three' });
    const shown = comparisonPanel(
      a,
      { ...b, logit: 1 },
      {
        changed: 'a',
        before: { a: 3, b: 1 },
        after: { a: 0.5, b: 1 },
        deleted: [{ part: 'document', unit: 'word', start: 4, end: 7, text: 'two', value: 2 }],
        document: 'one',
        isShortest: true,
      },
    ).toString();
    expect(textOf(shown)).toContain('By 2.00 of the logit: 3.00 against 1.00.');
    expect(shown).toContain('one <del>two</del>');
    expect(textOf(shown)).toContain(
      'its logit would be 0.50 instead of 3.00. No smaller number of words is enough.',
    );
  });

  test('the whole view escapes everything from texts, pieces and the model', () => {
    for (const text of HOSTILE) {
      const sample = sampleInspection({ query: text, document: text, seenWords: 1 });
      const hostile: Inspection = { ...sample, model: { ...sample.model, name: text, backend: text } };
      const shown = documentView(hostile, { key: '0', all: [hostile] }).toString();
      expect(shown).not.toMatch(/<script|<img|onmouseover='|<!--/);
      expect(shown).not.toMatch(/NaN|undefined|\[object/);
    }
  });

  test('an empty document and an empty query are shown too', () => {
    for (const options of [{ document: '' }, { query: '' }, { query: '', document: '' }]) {
      const shown = documentView(sampleInspection(options), { key: '0', all: [] }).toString();
      expect(shown).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

test('numbers have a true minus, and nouns their singular or plural', () => {
  expect([signed(-0.834), signed(1), signed(0.001), signed(-0.001)]).toEqual([
    '−0.83',
    '+1.00',
    '0.00',
    '0.00',
  ]);
  expect([plural(1, 'token'), plural(2000, 'token')]).toEqual(['1 token', '2,000 tokens']);
  expect([percent(0), percent(0.034), percent(0.5), percent(1)]).toEqual(['0 %', '3.4 %', '50 %', '100 %']);
});
