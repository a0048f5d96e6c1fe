import type { Model } from '../../engine/model.js';
import { InputError } from '../../errors/errors.js';
import { selectActivations } from './activation-globs.js';
import type { CausalMap, CausalTracingOptions, PatchSite } from './causal-map.js';
import { resolveHooks } from './hooks.js';
import { patchFrom } from './interventions.js';
import { trace, traceSequences } from './trace.js';

/**
 * Causal tracing: activations of one pair are put into the pass of another, one layer and position after the other. The
 * change of the logit shows what that place carries. Each cell of the map takes one pass, in batches.
 *
 * Source: Meng, Bau, Andonian and Belinkov 2022, Locating and Editing Factual Associations in GPT, section 2.1,
 * https://arxiv.org/abs/2202.05262; here the corrupted input is another pair, not noise.
 *
 * @throws InputError if the pairs have different numbers of tokens.
 */
export async function traceCausally(
  model: Model,
  { from, into, site = 'output.LayerNorm', positions, label = 0, signal }: CausalTracingOptions,
): Promise<CausalMap> {
  const names = selectActivations(patternsOf(site), model.config).map(({ name }) => name);
  const [source, target] = await trace(model, [from, into], { names, signal });
  if (source === undefined || target === undefined || source.tokens.length !== target.tokens.length) {
    throw new InputError(
      `The pair "from" has ${source?.tokens.length} tokens and "into" ${target?.tokens.length}: positions must ` +
        'correspond. Change words so that both have the same number.',
    );
  }
  const columns = positions ?? source.tokens.map((_, position) => [position]);
  const { inputIds, tokens } = model.placeTokens(into);
  const patched = names.flatMap((name) =>
    columns.map((group) => {
      const activations = new Map([...source.activations].filter(([of]) => of === name));
      return {
        inputIds,
        tokens,
        hooks: resolveHooks(patchFrom({ activations }, { positions: group }), model.config),
      };
    }),
  );
  const into0 = target.logits[label] as number;
  const effects = names.map(() => new Float64Array(columns.length));
  for await (const { index, logits } of traceSequences(model, patched, [], signal)) {
    const row = effects[Math.floor(index / columns.length)] as Float64Array;
    row[index % columns.length] = (logits[label] as number) - into0;
  }
  return {
    names,
    positions: columns,
    logits: { from: source.logits[label] as number, into: into0 },
    effects,
  };
}

function patternsOf(site: PatchSite): string[] {
  const layers = `encoder.layer.*.${site}`;
  return site === 'output.LayerNorm' ? ['embeddings.LayerNorm', layers] : [layers];
}
