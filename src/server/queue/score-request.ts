import { type EncodeOptions, windowStep } from '../../batching/encode-pairs.js';
import { SequenceTooLongError } from '../../errors/errors.js';
import type { RerankRequest } from '../dialects/rerank-request.js';
import type { ServedModel } from './models.js';
import type { ScoreRequest } from './score-job.js';
import { boundTokens } from './token-bound.js';

/** A request as the queue of its model takes it: pairs, how they become tokens, and how many those are at most. */
export function createScoreRequest(
  { host: { loaded } }: ServedModel,
  request: RerankRequest,
  signal: AbortSignal | undefined,
): ScoreRequest {
  const { maxLength, truncation } = loaded.info;
  const { truncationSide = loaded.info.truncationSide } = request;
  const { queries, documents, maxDocumentTokens, windows, truncate } = request;
  const options: EncodeOptions = {
    ...{ maxLength, truncation, truncationSide },
    maxDocumentTokens,
    windows,
  };
  const room = maxLength - loaded.specialTokensPerPair;
  if (windows !== undefined) {
    windowStep(room, windows); // what no window can have is refused as such, and not for what it would cost
  }
  const queryBounds = queries.map((query) => boundTokens(query, room));
  const bound = documents.reduce((sum, { text }, i) => {
    const query = queryBounds[queryBounds.length === 1 ? 0 : i] as number;
    return sum + boundPair(query, text, { room, maxLength, windows });
  }, 0);
  return {
    pairs: documents.map(({ text }, i) => ({
      query: queries[queries.length === 1 ? 0 : i] as string,
      document: text,
    })),
    options,
    boundTokens: bound,
    signal,
    onEncoded: truncate ? undefined : assertWhole(maxLength),
  };
}

function boundPair(
  query: number,
  text: string,
  { room, maxLength, windows }: { room: number; maxLength: number; windows: EncodeOptions['windows'] },
): number {
  const special = maxLength - room;
  const whole = special + Math.min(query + boundTokens(text, room), room);
  if (windows === undefined || whole < maxLength) {
    return whole;
  }
  // The query takes at most half of the room, or three quarters; what a window adds is at least one token.
  const shortest = Math.max(Math.floor(room / 4), 1);
  const step = (windows.overlapTokens ?? 0) < shortest ? windowStep(shortest, windows) : 1;
  const count = Math.ceil(boundTokens(text, Number.POSITIVE_INFINITY) / step) + 1;
  return Math.min(count, windows.maxWindows) * maxLength;
}

function assertWhole(maxLength: number): NonNullable<ScoreRequest['onEncoded']> {
  return ({ windows, queryTokensCut, documentTokensCut }, index) => {
    const cut = queryTokensCut + documentTokensCut;
    if (cut > 0) {
      const tokens = cut + (windows[0]?.inputIds.length ?? 0);
      throw new SequenceTooLongError(
        `The query with document ${index} has ${tokens} tokens; at most ${maxLength} fit, and the request does not ` +
          'let it be cut.',
        tokens,
        maxLength,
      );
    }
  };
}
