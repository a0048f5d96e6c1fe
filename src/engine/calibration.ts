import { InputError } from '../errors/errors.js';
import { sigmoid } from '../math/sigmoid.js';

/** How a logit becomes the probability that a document is relevant, learned from labelled pairs. */
export type CalibrationCurve =
  /** sigmoid(slope x logit + intercept): Platt, 1999. */
  | { readonly method: 'platt'; readonly slope: number; readonly intercept: number }
  /** Straight lines between points, both lists rising; beyond the ends the value of the end. */
  | {
      readonly method: 'isotonic';
      readonly logits: readonly number[];
      readonly probabilities: readonly number[];
    };

/** What decides a model's logits, so that a calibration of one is no calibration of another. */
export interface CalibratedModel {
  /** sha256 of the weights. */
  readonly weights: string;
  readonly dtype: string;
  readonly maxLength: number;
  readonly truncation: string;
  readonly truncationSide: string;
}

/** A curve and the model that it is for. */
export interface Calibration {
  readonly model: CalibratedModel;
  readonly curve: CalibrationCurve;
}

/** The probability that a document with this logit is relevant. */
export function calibratedScore(logit: number, curve: CalibrationCurve): number {
  if (curve.method === 'platt') {
    return sigmoid(curve.slope * logit + curve.intercept);
  }
  const { logits, probabilities } = curve;
  const right = logits.findIndex((point) => point >= logit);
  const at = (index: number): number => probabilities[index] as number;
  if (right === -1) return at(logits.length - 1);
  if (right === 0) return at(0);
  const [from, to] = [logits[right - 1] as number, logits[right] as number];
  return at(right - 1) + ((at(right) - at(right - 1)) * (logit - from)) / (to - from);
}

/** Fields as people know them. */
const NAMES: Readonly<Record<keyof CalibratedModel, string>> = {
  weights: 'the model (sha256 of its weights)',
  dtype: 'the dtype',
  maxLength: 'the longest sequence',
  truncation: 'the truncation',
  truncationSide: 'the side that is cut',
};

/** @throws InputError if the calibration is for another model or other settings; it names what differs. */
export function assertCalibrates({ model }: Calibration, now: CalibratedModel, name: string): void {
  const differing = (Object.keys(NAMES) as (keyof CalibratedModel)[]).filter(
    (field) => model[field] !== now[field],
  );
  if (differing.length > 0) {
    const facts = differing.map(
      (field) => `${NAMES[field]} was ${show(model[field])}, is ${show(now[field])}`,
    );
    throw new InputError(
      `${name} is the calibration of other logits: ${facts.join('; ')}. Calibrate this model with these settings.`,
    );
  }
}

function show(value: string | number): string {
  return typeof value === 'string' && value.length === 64 ? `${value.slice(0, 12)}…` : String(value);
}
