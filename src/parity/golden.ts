import { z } from 'zod';
import type { ScoreInput } from '../engine/types.js';
import { InputError } from '../errors/errors.js';

/** The default tolerance of a golden: the largest allowed distance of a logit from the reference's. */
const DEFAULT_TOLERANCE = 5e-5;

const logits = z.union([z.number().transform((logit) => [logit]), z.array(z.number()).min(1)]);

const pairSchema = z
  .object({
    query: z.string().optional(),
    document: z.string().optional(),
    text: z.string().optional(),
    input_ids: z.array(z.int().nonnegative()).min(1),
    logit: logits.optional(),
    logits: logits.optional(),
    logit_float64: logits.optional(),
    logits_float64: logits.optional(),
    activations: z.object({ float32: z.string(), float64: z.string().optional() }).optional(),
  })
  .transform((pair, context) => {
    const float32 = pair.logit ?? pair.logits;
    if (float32 === undefined) {
      context.addIssue({ code: 'custom', message: '"logit" (or "logits", for several labels) is missing' });
      return z.NEVER;
    }
    if ((pair.query === undefined) !== (pair.document === undefined)) {
      context.addIssue({ code: 'custom', message: '"query" and "document" go together' });
      return z.NEVER;
    }
    const { query, document, text } = pair;
    const input: ScoreInput | undefined =
      query === undefined || document === undefined ? text : { query, document };
    return {
      /** A text alone, or a query and a document. */
      input,
      inputIds: pair.input_ids,
      /** The reference's logits in float32, [labels]. */
      logits: float32,
      /** The reference's logits in float64, [labels], if the file has them. */
      logitsFloat64: pair.logit_float64 ?? pair.logits_float64,
      /** Files with the reference's activations, relative to the golden's folder, if it has any. */
      activationFiles: pair.activations,
    };
  });

const goldenSchema = z.object({
  provenance: z.record(z.string(), z.unknown()),
  tolerance: z.number().positive().default(DEFAULT_TOLERANCE),
  pairs: z.array(pairSchema).min(1),
});

/** Pairs and single texts with the reference's ids and logits. For an entry without texts, the check starts from its ids. */
export type Golden = z.output<typeof goldenSchema>;

/** One pair of a {@link Golden}. */
export type GoldenPair = Golden['pairs'][number];

/**
 * Reads a golden file: `{provenance, tolerance?, pairs: [{query, document, input_ids, logit, logit_float64?}]}`. A
 * single text has `text` instead of query and document. Classifiers have the lists `logits` and `logits_float64`, by
 * label.
 *
 * @throws InputError that names the file and the first place that is wrong.
 */
export function parseGolden(text: string, source: string): Golden {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${source} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = goldenSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') || 'the top level';
    throw new InputError(
      `${source} is not a golden file: ${place}: ${issue?.message}. Expected {provenance, tolerance, ` +
        'pairs:[{query, document, input_ids, logit, logit_float64?}]}; scripts/reference/make_golden.py makes one.',
    );
  }
  return parsed.data;
}
