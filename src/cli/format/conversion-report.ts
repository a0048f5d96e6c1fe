import type { Conversion } from '../../tools/conversion/convert-model.js';
import type { Fidelity } from '../../tools/conversion/fidelity.js';
import { formatBytes, formatCount, formatPlural } from './format.js';
import { visibleLine } from './visible.js';

/** The effect of a conversion on a model and its scores, for people. */
export function formatConversion(
  { folder, weightBytes, vocabulary }: Conversion,
  { pairs, max, mean, kendallTau, topAgreement, tokens, unknown }: Fidelity,
): string {
  const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
  const lines: [string, string][] = [
    ['model', folder],
    [
      'weights',
      `${formatBytes(weightBytes.after)} of ${formatBytes(weightBytes.before)} ` +
        `(${share(weightBytes.after, weightBytes.before)})`,
    ],
  ];
  if (vocabulary !== undefined) {
    const { piecesAfter, piecesBefore, corpusTokens, corpusTokensKept } = vocabulary;
    lines.push(
      [
        'pieces',
        `${formatCount(piecesAfter)} of ${formatCount(piecesBefore)} (${share(piecesAfter, piecesBefore)})`,
      ],
      ['corpus', `${formatCount(corpusTokens)} tokens, ${share(corpusTokensKept, corpusTokens)} kept`],
    );
  }
  lines.push(
    [
      'sample',
      `${formatPlural(pairs, 'pair')}, ${formatCount(tokens.after)} tokens (${formatCount(tokens.before)} before)`,
    ],
    ['unknown tokens', `${formatCount(unknown.after)} (${formatCount(unknown.before)} before)`],
    ['logits', `differ by at most ${max.toExponential(2)}, ${mean.toExponential(2)} in the mean`],
  );
  if (kendallTau !== undefined && topAgreement !== undefined) {
    const first = `${(100 * topAgreement).toFixed(0)} % of queries keep their first document`;
    lines.push(['order', `Kendall tau ${kendallTau.toFixed(4)}, ${first}`]);
  }
  return lines.map(([name, value]) => `${name.padEnd(16)}${visibleLine(value)}\n`).join('');
}

/** The same for programs. */
export function toConversionJson(
  { folder, weightBytes, vocabulary }: Conversion,
  fidelity: Fidelity,
): unknown {
  return {
    folder,
    weight_bytes: weightBytes,
    vocabulary: vocabulary && {
      pieces: { before: vocabulary.piecesBefore, after: vocabulary.piecesAfter },
      corpus_tokens: vocabulary.corpusTokens,
      corpus_tokens_kept: vocabulary.corpusTokensKept,
    },
    sample: {
      pairs: fidelity.pairs,
      max_difference: fidelity.max,
      mean_difference: fidelity.mean,
      kendall_tau: fidelity.kendallTau,
      top_agreement: fidelity.topAgreement,
      tokens: fidelity.tokens,
      unknown_tokens: fidelity.unknown,
    },
  };
}
