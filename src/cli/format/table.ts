import { sigmoid } from '../../math/sigmoid.js';
import type { Activation } from '../../model/config/score-activation.js';
import type { RankedDocument } from '../../reranker/reranker.js';
import { cutToWidth } from './display-width.js';
import { formatBar } from './format.js';
import { visibleLine } from './visible.js';

const BAR_CELLS = 10;
const CYAN = '\x1b[36m';
const PLAIN = '\x1b[39m';

/** Width of the columns before the document: rank, bar, score, logit and the gaps between them. */
const FIXED_COLUMNS = 4 + 2 + BAR_CELLS + 2 + 6 + 2 + 7 + 2;
const SCORE_COLUMNS = 6;
const MIN_DOCUMENT_COLUMNS = 16;

/** Options of a table. */
export interface TableStyle {
  readonly columns: number;
  readonly colour: boolean;
  /** The function from logits to scores; default sigmoid. */
  readonly activation?: Activation | undefined;
}

/** The names above the columns. */
export const RANKING_HEADER = `${'rank'}  ${'relevance'.padEnd(BAR_CELLS)}   score    logit  document\n`;

/** A ranking for people, a line for each document, the best first. */
export function formatRanking(ranking: readonly RankedDocument[], style: TableStyle): string {
  return ranking
    .map(({ relevanceScore, logit, document }, place) =>
      formatRow({ rank: place + 1, relevanceScore, logit, text: textOf(document) }, style),
    )
    .join('');
}

/** One line of a ranking. */
export interface Row {
  readonly rank: number;
  readonly relevanceScore: number;
  readonly logit: number;
  readonly text: string;
}

/** `   1  ████████▋   0.8651    1.857  The document, cut to the terminal…` */
export function formatRow(
  { rank, relevanceScore, logit, text }: Row,
  { columns, colour, activation = 'sigmoid' }: TableStyle,
): string {
  const bar = formatBar(sigmoid(logit), BAR_CELLS);
  const score = relevanceScore.toFixed(activation === 'sigmoid' ? 4 : 2).padStart(SCORE_COLUMNS);
  const width = Math.max(MIN_DOCUMENT_COLUMNS, columns - FIXED_COLUMNS);
  return (
    `${String(rank).padStart(4)}  ${colour ? CYAN + bar + PLAIN : bar}  ${score}  ` +
    `${logit.toFixed(3).padStart(7)}  ${shorten(text, width)}\n`
  );
}

function shorten(text: string, columns: number): string {
  // Only the visible beginning is converted: a document may have a million characters.
  const beginning = text.trimStart().slice(0, 16 * columns + 32);
  const line = visibleLine(beginning).replace(/ {2,}/g, ' ').trimEnd();
  return cutToWidth(beginning.length < text.trimStart().length ? `${line} …` : line, columns);
}

function textOf(document: RankedDocument['document']): string {
  return typeof document === 'object' ? document.text : (document ?? '');
}
