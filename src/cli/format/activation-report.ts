import type { ActivationDistance } from '../../parity/activation-distance.js';
import type { ActivationParity, ActivationReport } from '../../parity/activation-parity.js';
import { formatHeatMap } from './heat-map.js';

const NUMBER_COLUMNS = 10;

/** The names above {@link formatDistance}'s columns. */
export const DISTANCE_HEADER = `${['max', 'mean', 'p99.9'].map((name) => name.padStart(NUMBER_COLUMNS)).join('')}     cosine`;

/** `   3.21e-6   4.01e-7   1.90e-6  1.00000000` */
export function formatDistance({ max, mean, p999, cosine }: ActivationDistance): string {
  const numbers = [max, mean, p999].map((value) => value.toExponential(2).padStart(NUMBER_COLUMNS));
  return `${numbers.join('')}  ${cosine.toFixed(7)}`;
}

/** The block of the model that an activation belongs to: the embeddings, a layer, the head. */
export function blockOf(name: string): string {
  return /^(embeddings|encoder\.layer\.\d+|classifier)\b/.exec(name)?.[1] ?? name;
}

/** Compared activations for people: each block's output, the first one outside the tolerance, a map by pair. */
export function formatActivations({ activations, firstOut }: ActivationReport, columns: number): string[] {
  const blocks = [...new Set(activations.map(({ name }) => blockOf(name)))].map(
    (block) => [block, activations.filter(({ name }) => blockOf(name) === block)] as const,
  );
  const width = Math.max(...blocks.map(([block]) => block.length)) + 2;
  const rows = blocks.map(([block, of]) => {
    const { distance, allowed } = of.at(-1) as ActivationParity; // a block's output is its last activation
    const out = of.filter(({ within }) => !within).length;
    const limit = allowed.toExponential(1).padStart(9);
    return `${block.padEnd(width)}${formatDistance(distance)}${limit}${out === 0 ? '' : `  ${out} of ${of.length} off`}`;
  });
  const first =
    firstOut === undefined
      ? `all ${activations.length} activations within tolerance`
      : `${firstOut.name}, pair ${firstOut.pair}. Likely: ${firstOut.likelyCause}.`;
  const map = blocks.map(([name, of]) => ({ name, values: (of.at(-1) as ActivationParity).byPair }));
  return [
    `${'activations'.padEnd(width)}${DISTANCE_HEADER}${'allowed'.padStart(9)}`,
    ...rows,
    '',
    `${'first one off'.padEnd(width)}${first}`,
    '',
    'largest difference by pair',
    ...formatHeatMap(map, 1e-6, columns),
  ];
}
