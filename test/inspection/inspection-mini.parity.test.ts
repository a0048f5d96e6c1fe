import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ablateHeads, Inspector, sumOfShares } from '../../dist/inspection/index.js';

/** Facts that a person knows about these texts, found again inside the model. */
describe('looking into mini-en-zh on wasm', () => {
  const FRANCE = { query: 'capital of France', document: 'Paris is the capital of France.' };
  const SPAIN = { ...FRANCE, query: 'capital of Spain' };
  let inspector: Inspector;
  beforeAll(async () => {
    inspector = await Inspector.load(undefined, { backend: 'wasm' });
  });
  afterAll(() => inspector?.dispose());

  const logitOf = async (hooks?: ReturnType<typeof ablateHeads>): Promise<number> => {
    const [traced] = await inspector.trace([FRANCE], { hooks });
    return traced?.logits[0] as number;
  };

  test('the decision forms in the last layers, and the shares of the logit show which parts made it', async () => {
    const { pairs } = await inspector.scoreByDepth([FRANCE]);
    const depths = pairs[0]?.logits.map(([logit]) => logit as number) as number[];
    expect(depths).toHaveLength(13);
    expect(depths.at(-1)).toBeCloseTo(3.0206234, 4); // PyTorch's
    expect(Math.max(...depths.slice(0, 11))).toBeLessThan(1);
    const shares = await inspector.shareLogit(FRANCE);
    expect(shares.logit).toBeCloseTo(3.0206234, 4);
    expect(Math.abs(shares.residual)).toBeLessThan(1e-4);
    expect(sumOfShares(shares) + shares.residual).toBeCloseTo(shares.logit, 12);
  });

  test('a head attends to equal tokens, and the logit falls without it', async () => {
    const statistics = await inspector.headStatistics([
      FRANCE,
      { query: 'what is panda?', document: 'The giant panda is a bear species endemic to China.' },
      { query: '熊猫吃什么', document: '大熊猫主要以竹子为食，偶尔也吃其他植物。' },
    ]);
    expect(statistics).toHaveLength(144);
    const [matching] = [...statistics].sort((a, b) => b.equalTokens - a.equalTokens);
    const { layer, head, equalTokens, equalTokensByChance } = matching as (typeof statistics)[number];
    expect(equalTokens).toBeGreaterThan(5 * equalTokensByChance);
    const without = await logitOf(ablateHeads([[layer, head]]));
    expect((await logitOf()) - without).toBeGreaterThan(0.5);
  });

  test('causal tracing finds the word that was changed, and follows it to the first token', async () => {
    const { tokens } = inspector.placeTokens(SPAIN);
    const changed = tokens.findIndex(({ piece }) => piece === '▁Spain');
    const others = [...tokens.keys()].filter((position) => position !== 0 && position !== changed);
    const { effects, logits } = await inspector.traceCausally({
      from: FRANCE,
      into: SPAIN,
      positions: [[0], [changed], others],
    });
    const gap = logits.from - logits.into;
    expect(gap).toBeGreaterThan(3);
    const close = (row: Float64Array | undefined, expected: number[]) =>
      expected.map((effect, i) => expect(row?.[i]).toBeCloseTo(effect, 4));
    close(effects[0], [0, gap, 0]);
    close(effects[12], [gap, 0, 0]);
    // In the middle layers the other tokens carry it, but the first token does not yet.
    expect(effects[6]?.[2]).toBeGreaterThan(gap / 2);
    expect(Math.abs(effects[6]?.[0] as number)).toBeLessThan(gap / 10);
  });
});
