import type { PlacedToken } from '../../tokenizer/tokenized.js';
import { type PairAttention, positionsOf } from './attention.js';

/**
 * Where a head's attention goes. Each share is the sum of a row's probabilities over some columns, as a mean over all
 * tokens of all pairs; so a long pair has more weight.
 *
 * Source: Clark, Khandelwal, Levy and Manning 2019, What Does BERT Look At?, sections 3.1 to 3.3,
 * https://arxiv.org/abs/1906.04341 (next and previous token, separators, entropy); the shares between query and
 * document and at equal tokens are the same sums over other columns.
 */
export interface HeadStatistics {
  readonly layer: number;
  readonly head: number;
  /** Mean of -sum p ln p over rows, in nats. */
  readonly entropy: number;
  /** The first token, `<s>`. */
  readonly first: number;
  /** All `</s>` of the pair's template. */
  readonly separators: number;
  /** The token itself. */
  readonly self: number;
  /** The previous token; the first row, which has none, counts as 0. */
  readonly previous: number;
  /** The next token; the last row, which has none, counts as 0. */
  readonly next: number;
  /** From the query's tokens to the document's. */
  readonly queryToDocument: number;
  /** From the document's tokens to the query's. */
  readonly documentToQuery: number;
  /**
   * To tokens of the other text with the same id: the mean over all tokens of query and document that have such a token
   * there. NaN if no token of any pair has one.
   */
  readonly equalTokens: number;
  /** The value of `equalTokens` if each row's attention were spread evenly over the pair. */
  readonly equalTokensByChance: number;
}

/** Sums over rows, and the number of rows. */
interface Sums {
  entropy: number;
  first: number;
  separators: number;
  self: number;
  previous: number;
  next: number;
  queryToDocument: number;
  documentToQuery: number;
  equalTokens: number;
}

const NO_SUMS: Sums = {
  entropy: 0,
  first: 0,
  separators: 0,
  self: 0,
  previous: 0,
  next: 0,
  queryToDocument: 0,
  documentToQuery: 0,
  equalTokens: 0,
};

/** Adds up the statistics of heads, pair by pair. It keeps no pair's attention. */
export class HeadStatisticsMeter {
  /** By layer and head. */
  private readonly sums: Sums[][] = [];
  private readonly rows = { all: 0, query: 0, document: 0, equal: 0 };
  private equalByChance = 0;

  add(attention: PairAttention): void {
    const { tokens } = attention;
    const columns = equalColumns(tokens);
    const first = 0;
    const separators = positionsOf(tokens, 'special').filter((position) => position !== first);
    const query = positionsOf(tokens, 'query');
    const document = positionsOf(tokens, 'document');
    for (let layer = 0; layer < attention.layers; layer++) {
      this.sums[layer] ??= Array.from({ length: attention.heads }, () => ({ ...NO_SUMS }));
      for (const [head, sums] of (this.sums[layer] as Sums[]).entries()) {
        const { data } = attention.map(layer, head);
        const at = (row: number, column: number): number => data[row * tokens.length + column] ?? 0;
        const mass = (row: number, of: readonly number[]): number =>
          of.reduce((sum, column) => sum + at(row, column), 0);
        sums.entropy += attention.entropy(layer, head).reduce((sum, value) => sum + value, 0);
        for (const row of tokens.keys()) {
          sums.first += at(row, first);
          sums.separators += mass(row, separators);
          sums.self += at(row, row);
          sums.previous += row === 0 ? 0 : at(row, row - 1);
          sums.next += row === tokens.length - 1 ? 0 : at(row, row + 1);
          sums.equalTokens += mass(row, columns[row] as number[]);
        }
        sums.queryToDocument += query.reduce((sum, row) => sum + mass(row, document), 0);
        sums.documentToQuery += document.reduce((sum, row) => sum + mass(row, query), 0);
      }
    }
    this.rows.all += tokens.length;
    this.rows.query += query.length;
    this.rows.document += document.length;
    this.rows.equal += columns.filter(({ length }) => length > 0).length;
    this.equalByChance += columns.reduce((sum, { length }) => sum + length / tokens.length, 0);
  }

  /** All heads in one list, by layer and head. */
  statistics(): HeadStatistics[] {
    const { all, query, document, equal } = this.rows;
    return this.sums.flatMap((heads, layer) =>
      heads.map((sums, head) => ({
        layer,
        head,
        entropy: sums.entropy / all,
        first: sums.first / all,
        separators: sums.separators / all,
        self: sums.self / all,
        previous: sums.previous / all,
        next: sums.next / all,
        queryToDocument: sums.queryToDocument / query,
        documentToQuery: sums.documentToQuery / document,
        equalTokens: sums.equalTokens / equal,
        equalTokensByChance: this.equalByChance / equal,
      })),
    );
  }
}

/** For each token, the positions of the same token in the other text. */
function equalColumns(tokens: readonly PlacedToken[]): number[][] {
  const places = new Map<string, number[]>();
  for (const [position, { id, part }] of tokens.entries()) {
    const key = `${part} ${id}`;
    places.set(key, [...(places.get(key) ?? []), position]);
  }
  const other = { query: 'document', document: 'query', special: undefined } as const;
  return tokens.map(({ id, part }) => places.get(`${other[part]} ${id}`) ?? []);
}
