import { termsOf } from '../../retrieval/terms.js';
import type { Candidate } from '../search/corpus-index.js';
import { displayWidth } from './display-width.js';
import { type MarkedRun, wrapRuns } from './marked-text.js';
import { visibleLine } from './visible.js';

/** A passage that the model read. */
export interface SearchResult extends Candidate {
  /** The path as the user may open it: relative to the working directory where that is shorter. */
  readonly path: string;
  /** Its place in the model's order, from 1. */
  readonly rank: number;
  readonly logit: number;
  readonly relevanceScore: number;
  readonly calibratedScore?: number;
}

const INDENT = 4;
const bold = (text: string): string => `\x1b[1m${text}\x1b[22m`;

/** Results for people: rank, score, both ranks, the place, and the passage, in which the words of the question stand out. */
export function formatSearch(
  results: readonly SearchResult[],
  question: string,
  { columns, colour }: { readonly columns: number; readonly colour: boolean },
): string {
  const wanted = new Set(termsOf(question));
  return results
    .map((result) => {
      const { rank, relevanceScore, calibratedScore, bm25Rank, path, line, text } = result;
      const score = calibratedScore === undefined ? '' : `  calibrated ${calibratedScore.toFixed(4)}`;
      const head = `${String(rank).padEnd(INDENT)}${relevanceScore.toFixed(4)}${score}  BM25 ${bm25Rank} -> ${rank}  ${visibleLine(path)}:${line}`;
      const runs = colour ? markWords(visibleLine(text), wanted) : [{ text: visibleLine(text) }];
      return `${head}\n${' '.repeat(INDENT)}${wrapRuns(runs, { indent: INDENT, columns }).trimStart()}\n`;
    })
    .join('\n');
}

/** Words that have a term of the question. */
function markWords(text: string, wanted: ReadonlySet<string>): MarkedRun[] {
  return Array.from(text.matchAll(/[\p{L}\p{M}]+|\p{N}+|[^\p{L}\p{M}\p{N}]+/gu)).flatMap(
    ([part]): MarkedRun[] => {
      if (displayWidth(part) === part.length) {
        return [{ text: part, paint: termsOf(part).some((term) => wanted.has(term)) ? bold : undefined }];
      }
      return Array.from(part, (letter) => ({
        text: letter,
        paint: wanted.has(letter) ? bold : undefined,
      }));
    },
  );
}
