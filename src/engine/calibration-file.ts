import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InputError } from '../errors/errors.js';
import type { Calibration, CalibrationCurve } from './calibration.js';

/** The first field of a file, so that no other JSON is taken for a calibration. */
const KIND = 'tfjs-reranker calibration';
const VERSION = 1;

const rising = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value >= (values[i - 1] as number));

const FILE = z.object({
  kind: z.literal(KIND),
  version: z.literal(VERSION),
  model: z.object({
    weights_sha256: z.string().regex(/^[0-9a-f]{64}$/),
    dtype: z.string(),
    max_length: z.number().int().positive(),
    truncation: z.string(),
    truncation_side: z.string(),
  }),
  curve: z.discriminatedUnion('method', [
    z.object({ method: z.literal('platt'), slope: z.number(), intercept: z.number() }),
    z
      .object({
        method: z.literal('isotonic'),
        logits: z.array(z.number()).min(1).refine(rising, 'must rise'),
        probabilities: z.array(z.number().min(0).max(1)).min(1).refine(rising, 'must rise'),
      })
      .refine(({ logits, probabilities }) => logits.length === probabilities.length, 'needs as many of both'),
  ]),
});

/** @param more facts for people: what it was fitted on and how good it is. */
export function formatCalibration({ model, curve }: Calibration, more: object): string {
  const { weights, dtype, maxLength, truncation, truncationSide } = model;
  const file: z.infer<typeof FILE> = {
    kind: KIND,
    version: VERSION,
    model: {
      weights_sha256: weights,
      dtype,
      max_length: maxLength,
      truncation,
      truncation_side: truncationSide,
    },
    curve: curve as z.infer<typeof FILE>['curve'],
  };
  return `${JSON.stringify({ ...file, ...more }, undefined, 2)}\n`;
}

/**
 * Reads a file that `tfjs-reranker calibrate` wrote.
 *
 * @throws InputError if it cannot be read or is no calibration; it names the field.
 */
export async function readCalibration(file: string): Promise<Calibration> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new InputError(`The calibration ${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  const parsed = FILE.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `${file} is no calibration of tfjs-reranker: ${issue?.path.join('.') || 'the file'}: ${issue?.message}. ` +
        'tfjs-reranker calibrate writes one.',
    );
  }
  const { model, curve } = parsed.data;
  return {
    model: {
      weights: model.weights_sha256,
      dtype: model.dtype,
      maxLength: model.max_length,
      truncation: model.truncation,
      truncationSide: model.truncation_side,
    },
    curve: curve as CalibrationCurve,
  };
}
