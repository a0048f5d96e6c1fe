import {
  type EncodedPair,
  type EncodedWindow,
  type EncodeOptions,
  encodePairsSteps,
  windowStep,
} from '../../batching/encode-pairs.js';
import { SequenceTooLongError } from '../../errors/errors.js';
import { runInTurns } from '../../process/turns.js';
import type { RerankRequest } from '../dialects/rerank-request.js';
import type { ServedModel } from './models.js';

/**
 * Tokenizes a request's documents, each with its query, in turns with other requests.
 *
 * @returns one pair for each document, in order.
 * @throws SequenceTooLongError if a document would have to be cut and the request does not allow that; InputError for
 * impossible windows; OverloadedError if the queue has no room even for the shortest documents.
 */
export async function encodeRequest(
  { remote: { info, tokenizer }, queue, turns }: ServedModel,
  request: RerankRequest,
  signal: AbortSignal | undefined,
): Promise<EncodedPair[]> {
  const { queries, documents, maxDocumentTokens, windows, truncate, dryRun } = request;
  const { maxLength, truncation } = info;
  const { truncationSide = info.truncationSide } = request;
  const options: EncodeOptions = { maxLength, truncation, truncationSide, maxDocumentTokens, windows };
  if (windows !== undefined) {
    windowStep(maxLength - tokenizer.specialTokensPerPair, windows); // throws for impossible windows
  }
  if (!dryRun) {
    queue.admission.assertRoom(documents.length * tokenizer.specialTokensPerPair);
  }
  const inputs = documents.map(({ text }, i) => ({
    query: queries[queries.length === 1 ? 0 : i] as string,
    document: text,
  }));
  const pairs = await runInTurns(turns, encodePairsSteps(tokenizer, inputs, options), signal);
  if (!truncate) {
    assertWhole(pairs, maxLength, maxDocumentTokens);
  }
  return pairs;
}

/** What `maxDocumentTokens` cuts off was asked for. @throws SequenceTooLongError if a pair lost other tokens. */
function assertWhole(
  pairs: readonly EncodedPair[],
  maxLength: number,
  maxDocumentTokens = Number.POSITIVE_INFINITY,
): void {
  for (const [index, { windows, queryTokensCut, documentTokensCut }] of pairs.entries()) {
    const [first, last] = [windows[0] as EncodedWindow, windows.at(-1) as EncodedWindow];
    const seen = last.end - first.start;
    const asked = Math.max(seen + documentTokensCut - maxDocumentTokens, 0);
    const cut = queryTokensCut + documentTokensCut - asked;
    if (cut > 0) {
      const tokens = cut + first.inputIds.length - (first.end - first.start) + seen;
      throw new SequenceTooLongError(
        `The query with document ${index} has ${tokens} tokens; at most ${maxLength} fit, and the request does not ` +
          'allow cutting it.',
        tokens,
        maxLength,
      );
    }
  }
}
