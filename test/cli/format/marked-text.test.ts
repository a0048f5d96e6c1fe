import { describe, expect, test } from 'vitest';
import { displayWidth } from '../../../dist/cli/format/display-width.js';
import { formatInspections } from '../../../dist/cli/format/inspection-text.js';
import { wrapRuns } from '../../../dist/cli/format/marked-text.js';
import { toSnakeCase } from '../../../dist/encoding/snake-case.js';
import { sampleInspection } from '../../support/sample-inspection.js';

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');
const red = (text: string): string => `\u001b[31m${text}\u001b[0m`;

describe('marked text', () => {
  test('is broken at spaces, and without spaces between wide characters; colours have no width', () => {
    const runs = [{ text: 'one two ' }, { text: 'three', paint: red }, { text: ' four five six' }];
    expect(wrapRuns(runs, { label: 'text', indent: 6, columns: 26 })).toBe(
      `text  one two ${red('three')} four\n      five six`.replace(' four\n', ' four \n'),
    );
    expect(wrapRuns([{ text: '中'.repeat(25) }], { columns: 20 })).toBe(
      ['中'.repeat(10), '中'.repeat(10), '中'.repeat(5)].join('\n'),
    );
  });

  test('loses nothing', () => {
    const text = 'a  b 中文, かな (x) 한국어 — “q” 12.5 %';
    expect(wrapRuns([{ text }], { columns: 200 })).toBe(text);
  });
});

describe('an inspection in a terminal', () => {
  const inspection = sampleInspection({
    document: 'Corals starve and turn white in warm water',
    effects: { white: 2, warm: -1.5 },
  });
  const ranking = { inspections: [inspection], order: [0], counterfactuals: [null] };

  test('is coloured if colours are allowed, and has the same text without', () => {
    const coloured = formatInspections(ranking, { columns: 100, colour: true });
    expect(coloured).toContain('\u001b[38;5;16;48;5;75mwhite');
    expect(coloured).toContain('\u001b[38;5;16;48;5;221mwarm');
    const plain = formatInspections(ranking, { columns: 100, colour: false });
    expect(plain).not.toContain('\u001b');
    expect(plain).toContain('[white +2.00]');
    expect(plain).toContain('[warm −1.50]');
    expect(coloured.replaceAll(COLOURS, '')).toContain('Corals starve and turn white in warm water');
  });

  test('marks what was cut, and does not move the cursor', () => {
    const cut = sampleInspection({ document: 'one two three\u001b[2J four', seenWords: 2 });
    const shown = formatInspections(
      { inspections: [cut], order: [0], counterfactuals: [null] },
      { columns: 100, colour: false },
    );
    expect(shown).toContain('[cut: three␛[2J four]');
  });

  test('keeps within the columns', () => {
    const long = sampleInspection({ document: 'Some words. And others of the kind! 中文也有。 '.repeat(9) });
    const shown = formatInspections(
      { inspections: [long], order: [0], counterfactuals: [null] },
      { columns: 80, colour: false },
    );
    expect(Math.max(...shown.split('\n').map((line) => displayWidth(line.trimEnd())))).toBeLessThanOrEqual(
      80,
    );
  });
});

test('names are written as on the wire', () => {
  expect(toSnakeCase({ aloneLogit: [1, { headBias: null }], pair: 'aB' })).toEqual({
    alone_logit: [1, { head_bias: null }],
    pair: 'aB',
  });
});
