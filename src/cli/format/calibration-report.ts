import type {
  CalibrationQuality,
  Estimate,
  PrecisionThreshold,
} from '../../evaluation/assess-calibration.js';
import type { CalibrationMethod } from '../../evaluation/fit-calibration.js';
import { formatPlural } from './format.js';

/** What `calibrate` found. */
export interface CalibrationReport {
  readonly model: string;
  readonly method: CalibrationMethod;
  readonly quality: CalibrationQuality;
  /** The wanted precision, and the lowest score that gives it, if one does. */
  readonly wanted: number;
  readonly threshold: PrecisionThreshold | undefined;
}

/** For people. @param file where the calibration was written. */
export function formatCalibrationReport(report: CalibrationReport, file: string): string {
  const { method, quality, wanted, threshold } = report;
  const { before, after, auc } = quality;
  const row = (name: string, first: Estimate, second: Estimate): string =>
    `${name.padEnd(7)}${show(first).padEnd(28)}${show(second)}`;
  const lines = [
    `${formatPlural(quality.pairs, 'pair')} of ${formatPlural(quality.queries, 'query', 'queries')}, ` +
      `${quality.relevant.toLocaleString('en')} relevant; each query tested with a curve of other queries`,
    '',
    `${''.padEnd(7)}${'sigmoid of the logit'.padEnd(28)}${method}`,
    row('ECE', before.ece, after.ece),
    row('Brier', before.brier, after.brier),
    '',
    `AUC    ${show(auc)}`,
  ];
  if (!quality.isSeparable) {
    lines.push(
      'Not separable: the interval of the AUC reaches 0.5, so these scores do not tell relevant pairs from others. ' +
        'No calibration was written.',
    );
  } else {
    lines.push(
      threshold === undefined
        ? `No threshold gives a precision of ${wanted} over at least 10 pairs.`
        : `From a calibrated score of ${threshold.score.toFixed(4)} on, ${percent(threshold.precision)} of ` +
            `${formatPlural(threshold.pairs, 'pair')} are relevant, which finds ${percent(threshold.recall)} of the relevant ones.`,
      `Written to ${file}; give it to rerank, score or serve with --calibration.`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** For programs, and for people who open the calibration file. */
export function toCalibrationJson({ model, method, quality, wanted, threshold }: CalibrationReport) {
  const { pairs, relevant, queries, folds, before, after, auc, isSeparable } = quality;
  return {
    fitted_on: { model_name: model, pairs, relevant, queries },
    quality: {
      method,
      folds,
      separable: isSeparable,
      auc,
      before: { ece: before.ece, brier: before.brier },
      after: { ece: after.ece, brier: after.brier },
    },
    threshold:
      threshold === undefined ? { wanted_precision: wanted } : { wanted_precision: wanted, ...threshold },
  };
}

function show({ value, interval: [low, high] }: Estimate): string {
  return `${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
