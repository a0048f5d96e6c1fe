import type { PlacedPair, PlacedToken } from '../../tokenizer/tokenized.js';
import { EXIT } from '../exit-codes.js';
import { cutToWidth, padToWidth } from '../format/display-width.js';
import { formatPlural } from '../format/format.js';
import { visibleLine } from '../format/visible.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { type OpenTokenizer, openTokenizer } from '../open-tokenizer.js';
import { type Choose, type Cli, TOKEN_OPTIONS, type TokenOptions, text } from '../options.js';

/** Options of `tokenize`, in addition to the common ones. */
export interface TokenizeOptions extends TokenOptions {
  readonly query: string;
  readonly document: string;
  readonly format: 'table' | 'json';
}

/** `tokenize`: the tokens of a pair. */
export function addTokenizeCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'tokenize',
    'Show the tokens of a pair, their places in the texts, and what is cut',
    (command) =>
      command
        .option('query', { ...text, demandOption: true, describe: 'First text of the pair' })
        .option('document', { ...text, demandOption: true, describe: 'Second text of the pair' })
        .option('format', {
          ...text,
          choices: ['table', 'json'] as const,
          default: 'table' as const,
          describe: 'table for people, or json',
        })
        .options(TOKEN_OPTIONS)
        .example('$0 tokenize --query "capital of France" --document "Paris is a city."', '')
        .epilogue(
          'start and end are UTF-16 units of the text as given: text.slice(start, end) in JavaScript.',
        ),
    (options) => choose(options, (io) => tokenize(options, io)),
  );
}

/** It needs neither weights nor a backend, so it is fast. */
async function tokenize(options: TokenizeOptions, io: Io): Promise<number> {
  const { query, document } = options;
  const { tokenizer, limits } = await openTokenizer(options, io);
  const { maxLength, truncation, truncationSide } = limits;
  const pair = tokenizer.placePair(query, document, limits);
  const answer =
    options.format === 'json'
      ? `${JSON.stringify({ ...toJson(pair, options), max_length: maxLength, truncation, truncation_side: truncationSide })}\n`
      : formatTable(pair, options, limits, io);
  await writeOut(io, answer);
  return EXIT.ok;
}

/** The part of the original text that a token stands for. */
function sliceOf({ part, start, end }: PlacedToken, texts: TokenizeOptions): string {
  return part === 'special' ? '' : texts[part].slice(start, end);
}

function toJson(pair: PlacedPair, texts: TokenizeOptions): Record<string, unknown> {
  const describe = (token: PlacedToken) => ({ ...token, text: sliceOf(token, texts) });
  return {
    input_ids: Array.from(pair.inputIds),
    tokens: pair.tokens.map(describe),
    query_tokens_cut: pair.queryTokensCut,
    document_tokens_cut: pair.documentTokensCut,
    query_cut: pair.queryCut.map(describe),
    document_cut: pair.documentCut.map(describe),
  };
}

const PIECE_COLUMNS = 20;
/** Width of the columns before the text: position, id, part, span, piece and the gaps between them. */
const FIXED_COLUMNS = 4 + 2 + 6 + 2 + 8 + 2 + 11 + 2 + PIECE_COLUMNS + 2;

function formatTable(
  pair: PlacedPair,
  texts: TokenizeOptions,
  { maxLength, truncation, truncationSide }: OpenTokenizer['limits'],
  { columns }: Io,
): string {
  const row = (token: PlacedToken, place: number | string): string => {
    const span = token.part === 'special' ? '' : `${token.start}-${token.end}`;
    const piece = padToWidth(cutToWidth(visibleLine(token.piece), PIECE_COLUMNS), PIECE_COLUMNS);
    const text = cutToWidth(
      visibleLine(JSON.stringify(sliceOf(token, texts))),
      Math.max(10, columns - FIXED_COLUMNS),
    );
    const cells = [
      String(place).padStart(4),
      String(token.id).padStart(6),
      token.part.padEnd(8),
      span.padEnd(11),
      piece,
      token.part === 'special' ? '' : text,
    ];
    return `${cells.join('  ').trimEnd()}\n`;
  };
  const cut = [...pair.queryCut, ...pair.documentCut];
  return [
    `${'   #      id  part      span         '}${'piece'.padEnd(PIECE_COLUMNS)}  text\n`,
    ...pair.tokens.map(row),
    ...cut.map((token) => row(token, 'cut')),
    `\n${formatPlural(pair.tokens.length, 'token')} of at most ${maxLength}; cut: ${pair.queryTokensCut} of the query, ` +
      `${pair.documentTokensCut} of the document (${truncation}${truncationSide === 'left' ? ', at its beginning' : ''})\n`,
  ].join('');
}
