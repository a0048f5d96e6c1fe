import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readTokenizer } from '../../../dist/hub/read-model.js';
import { boundTokens } from '../../../dist/server/queue/token-bound.js';
import type { PairTokenizer } from '../../../dist/tokenizer/tokenizer.js';
import { MINI } from '../../support/fixtures.js';

describe('upper bound of tokens', () => {
  let tokenizer: PairTokenizer;
  beforeAll(async () => {
    tokenizer = await readTokenizer(MINI);
  });

  test('no text has more tokens than its bound', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.stringMatching(/^[\ufb00-\ufdff\u3200-\u33ff\u0100-\u024f ]{0,40}$/u),
    );
    fc.assert(
      fc.property(text, (text) => {
        expect(tokenizer.encode(text).length).toBeLessThanOrEqual(boundTokens(text, 100_000));
      }),
      { numRuns: 2000 },
    );
  });

  test('a ligature that is a whole phrase is bounded too', () => {
    const text = '\ufdfa'.repeat(50);
    expect(tokenizer.encode(text).length).toBeGreaterThan(50);
    expect(tokenizer.encode(text).length).toBeLessThanOrEqual(boundTokens(text, 100_000));
  });
});
