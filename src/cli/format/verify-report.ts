import type { ModelInfo, ScoreInput } from '../../engine/types.js';
import type { ActivationReport } from '../../parity/activation-parity.js';
import type { Distance, ParityReport } from '../../parity/compare.js';
import type { Golden } from '../../parity/golden.js';
import type { Io } from '../io/io.js';
import { formatActivations } from './activation-report.js';
import { formatPlural } from './format.js';
import { visibleLine } from './visible.js';

/** A comparison with its inputs. */
export interface Verification {
  /** The golden file's path. */
  readonly source: string;
  readonly golden: Golden;
  readonly info: ModelInfo;
  /** Token ids of our tokenizer, in the golden's order. */
  readonly inputIds: readonly ArrayLike<number>[];
  /** Our logits, [pairs][labels]. */
  readonly logits: readonly (readonly number[])[];
  readonly report: ParityReport;
  /** Only if the golden has activations and the token ids are the same. */
  readonly activations: ActivationReport | undefined;
}

/** A verification for people. */
export function formatReport(
  { source, golden, info, logits, report, activations }: Verification,
  { columns }: Pick<Io, 'columns'>,
): string {
  const labels = info.config.numLabels;
  const worst = Math.floor(report.fromFloat32.at / labels);
  const pair = golden.pairs[worst];
  const lines = [
    ['model', `${info.model}, ${info.dtype}`],
    ['backend', info.backend.description],
    [
      'golden',
      `${source}, ${formatPlural(report.pairs, 'pair')}, tolerance ${report.tolerance.toExponential()}`,
    ],
    ['token ids', ids(report)],
    ['from float32', describe(report.fromFloat32)],
    ['from float64', report.fromFloat64 ? describe(report.fromFloat64) : 'the golden has none'],
    [
      "reference's noise",
      report.referenceNoise ? `${describe(report.referenceNoise)} (its float32 from its float64)` : 'unknown',
    ],
    ['order changes', `${report.orderChanges.length} beyond noise`],
    [
      'worst pair',
      `${worst}: ${logits[worst]?.join(', ')} for ${pair?.logits.join(', ')}${quoteText(pair?.input)}`,
    ],
  ] as const;
  const passed = report.passed && activations?.firstOut === undefined;
  const verdict = passed
    ? `PASSED: all ${formatPlural(report.pairs, 'pair')} within ${report.tolerance.toExponential()}`
    : `FAILED: ${formatPlural(report.outOfTolerance.length, 'pair')} beyond ${report.tolerance.toExponential()}` +
      `${list(report.outOfTolerance)}, ${formatPlural(report.idMismatches.length, 'pair')} with other token ids`;
  return [
    ...lines.map(([name, value]) => `${name.padEnd(19)}${visibleLine(value)}`),
    ...(activations === undefined ? [] : ['', ...formatActivations(activations, columns), '']),
    verdict,
    ...(report.idMismatches.length === 0 ? [] : [IDS_HINT]),
    '',
  ].join('\n');
}

const IDS_HINT =
  'Token ids follow the file tokenizer.json. Those of transformers 5.6 and later may not: make the golden with ' +
  'scripts/reference/make_golden.py, which reads the file.';

/** A verification for programs. */
export function toReportJson({
  source,
  golden,
  info,
  inputIds,
  logits,
  report,
  activations,
}: Verification): unknown {
  return {
    passed: report.passed && activations?.firstOut === undefined,
    model: info.model,
    backend: info.backend,
    dtype: info.dtype,
    golden: source,
    provenance: golden.provenance,
    tolerance: report.tolerance,
    pairs: report.pairs,
    from_float32: report.fromFloat32,
    from_float64: report.fromFloat64,
    reference_noise: report.referenceNoise,
    id_mismatches: report.idMismatches,
    out_of_tolerance: report.outOfTolerance,
    order_changes: report.orderChanges,
    first_activation_out: activations?.firstOut && {
      name: activations.firstOut.name,
      pair: activations.firstOut.pair,
      likely_cause: activations.firstOut.likelyCause,
    },
    activations: activations?.activations.map(({ byPair, ...activation }) => ({
      ...activation,
      by_pair: byPair,
    })),
    rows: golden.pairs.map((pair, i) => ({
      index: i,
      ...(typeof pair.input === 'string' ? { text: pair.input } : pair.input),
      tokens: inputIds[i]?.length,
      ids_match: !report.idMismatches.includes(i),
      logits: logits[i],
      reference_logits: pair.logits,
      reference_logits_float64: pair.logitsFloat64,
      difference: largestDifference(logits[i] ?? [], pair.logits),
      within_tolerance: !report.outOfTolerance.includes(i),
    })),
  };
}

function largestDifference(ours: readonly number[], reference: readonly number[]): number {
  return Math.max(...ours.map((logit, label) => Math.abs(logit - (reference[label] ?? Number.NaN))));
}

function describe({ max, mean }: Distance): string {
  return `max ${max.toExponential(2)}, mean ${mean.toExponential(2)}`;
}

function ids({ idMismatches, pairs }: ParityReport): string {
  return idMismatches.length === 0
    ? 'identical'
    : `differ in ${idMismatches.length} of ${formatPlural(pairs, 'pair')}${list(idMismatches)}`;
}

const LISTED = 8;

/** ` (3, 17, …)` */
function list(indices: readonly number[]): string {
  if (indices.length === 0) {
    return '';
  }
  return ` (${indices.slice(0, LISTED).join(', ')}${indices.length > LISTED ? ', …' : ''})`;
}

function quoteText(input: ScoreInput | undefined): string {
  const text = typeof input === 'object' ? input.query : input;
  return text === undefined ? '' : ` (${JSON.stringify(text.slice(0, 60))})`;
}
