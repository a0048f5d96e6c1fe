import type { Model } from '../../engine/model.js';
import { smallestOf } from '../../math/extremes.js';
import type {
  AttributionProgress,
  Counterfactual,
  CounterfactualOptions,
  TextSegment,
} from './attribution-types.js';
import { labelLogits } from './label-logits.js';
import { findSegments } from './segments.js';

/** Deletions that one round of the search tries together: full batches, and few beyond the one that is sufficient. */
const TRIED_AT_ONCE = 8;

interface Candidate extends TextSegment {
  /** The changed document's logit after the deletion. */
  readonly logit: number;
}

/**
 * A small set of words whose deletion from the document ahead puts the other one ahead. Words are deleted in the order
 * of the logit's loss without each, until the order is reversed, and then restored one by one as long as it stays
 * reversed. So restoring any one of them would undo the result. Every deletion is scored as the remaining text.
 *
 * @returns undefined if even the deletion of all words does not reverse the order.
 */
export async function findCounterfactual(
  model: Model,
  query: string,
  a: string,
  b: string,
  { unit = 'word', label = 0, signal, onProgress }: CounterfactualOptions = {},
): Promise<Counterfactual | undefined> {
  const progress = { done: 0, total: 0 } satisfies AttributionProgress;
  /** Logits of documents. */
  const score = async (documents: readonly string[]): Promise<number[]> => {
    const before = progress.done;
    progress.total = before + documents.length;
    const sequences = model.encodeIds(documents.map((document) => ({ query, document })));
    return labelLogits(model, sequences, label, {
      signal,
      onProgress: ({ done }) => {
        progress.done = before + done;
        onProgress?.({ ...progress });
      },
    });
  };

  const [logitA, logitB] = (await score([a, b])) as [number, number];
  const before = { a: logitA, b: logitB };
  const changed = before.a >= before.b ? 'a' : 'b';
  const document = changed === 'a' ? a : b;
  const [ahead, behind] = changed === 'a' ? [before.a, before.b] : [before.b, before.a];
  const segments = findSegments(model.placeTokens({ query, document }), { query, document }, unit).filter(
    ({ part }) => part === 'document',
  );
  const alone = await score(segments.map((segment) => deleteSegments(document, [segment])));
  const ranked = segments
    .map(({ tokens: _, ...segment }, i): Candidate => {
      const logit = alone[i] as number;
      return { ...segment, value: ahead - logit, logit };
    })
    .sort((x, y) => x.logit - y.logit || x.start - y.start);

  const enough = await deleteUntilTurned(ranked, behind, (deleted) => score(deleted.map(leave)));
  if (enough === undefined) {
    return undefined;
  }
  const { deleted, logit } = await putBack(enough, behind, (some) => score(some.map(leave)));
  return {
    changed,
    before,
    after: changed === 'a' ? { a: logit, b: before.b } : { a: before.a, b: logit },
    deleted: [...deleted].sort((x, y) => x.start - y.start).map(({ logit: _, ...segment }) => segment),
    document: leave(deleted),
    isShortest: deleted.length <= 2,
  };

  function leave(deleted: readonly TextSegment[]): string {
    return deleteSegments(document, deleted);
  }
}

interface Deletion {
  readonly deleted: readonly Candidate[];
  readonly logit: number;
}

type ScoreDeletions = (deletions: readonly (readonly Candidate[])[]) => Promise<number[]>;

/** The shortest prefix of the ranked words whose deletion puts the logit below the bound. */
async function deleteUntilTurned(
  ranked: readonly Candidate[],
  bound: number,
  score: ScoreDeletions,
): Promise<Deletion | undefined> {
  const [first] = ranked;
  if (first !== undefined && first.logit < bound) {
    return { deleted: [first], logit: first.logit };
  }
  for (let from = 2; from <= ranked.length; from += TRIED_AT_ONCE) {
    const to = Math.min(ranked.length, from + TRIED_AT_ONCE - 1);
    const tried = Array.from({ length: to - from + 1 }, (_, i) => ranked.slice(0, from + i));
    const logits = await score(tried);
    const turned = logits.findIndex((logit) => logit < bound);
    if (turned !== -1) {
      return { deleted: tried[turned] as Candidate[], logit: logits[turned] as number };
    }
  }
  return undefined;
}

/** Restores words, each time the one that leaves the logit lowest, as long as it stays below the bound. */
async function putBack(found: Deletion, bound: number, score: ScoreDeletions): Promise<Deletion> {
  let current = found;
  while (current.deleted.length > 1) {
    const tried = current.deleted.map((word) => current.deleted.filter((other) => other !== word));
    const logits = await score(tried);
    const lowest = logits.indexOf(smallestOf(logits));
    if ((logits[lowest] as number) >= bound) {
      break;
    }
    current = { deleted: tried[lowest] as Candidate[], logit: logits[lowest] as number };
  }
  return current;
}

/** A text without some segments. Spaces after a segment are removed too, if spaces or nothing come before it. */
export function deleteSegments(
  text: string,
  segments: readonly Pick<TextSegment, 'start' | 'end'>[],
): string {
  let left = '';
  let from = 0;
  for (const { start, end } of [...segments].sort((a, b) => a.start - b.start)) {
    left += text.slice(from, start);
    const blanks = /^\s*/.exec(text.slice(end))?.[0].length ?? 0;
    from = /(^|\s)$/.test(left) ? end + blanks : end;
  }
  return left + text.slice(from);
}
