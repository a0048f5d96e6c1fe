import { InputError } from '../errors/errors.js';
import { GrowingArray } from './growing-array.js';
import { termsOf } from './terms.js';

/** Parameters of BM25, and how texts become terms. */
export interface Bm25Options {
  /** How slowly a term's further occurrences stop to count; default 1.2, as in Lucene. */
  readonly k1?: number | undefined;
  /** How much a long document is discounted, from 0 (not) to 1; default 0.75. */
  readonly b?: number | undefined;
  /** Default: {@link termsOf}. */
  readonly toTerms?: ((text: string) => readonly string[]) | undefined;
}

/** A document that a search has found. */
export interface Hit {
  /** The document's place in the order in which documents were added. */
  readonly index: number;
  readonly score: number;
}

/** What an index consists of; all of it can be written to a file. */
export interface Bm25Parts {
  /** The terms; their number is their place. */
  readonly terms: readonly string[];
  /** Where the postings of each term begin, and in the end the number of all. */
  readonly starts: Uint32Array;
  /** Postings, term by term: which document, in ascending order, and how often the term occurs there. */
  readonly documents: Uint32Array;
  readonly frequencies: Uint32Array;
  /** k1 (1 - b + b |d| / mean length), of each document. */
  readonly norms: Float64Array;
}

/**
 * Lexical search by BM25, in Lucene's form:
 *
 *     score(q, d) = sum over the terms t of q of  idf(t) tf / (tf + k1 (1 - b + b |d| / mean length))
 *     idf(t)      = ln(1 + (N - n(t) + 0.5) / (n(t) + 0.5))
 *
 * tf is how often t occurs in d, |d| the number of terms of d, N the number of documents, n(t) how many of them have t.
 * A term that occurs twice in the query counts twice. Lengths are exact, where Lucene keeps a byte of each. Scores are
 * those of the Python library bm25s with the method "lucene".
 *
 * An index holds 8 bytes for each term of each document; a {@link Bm25Builder} makes it.
 */
export class Bm25Index {
  /** @param parts of an index: those that it was made of, or read from a file again. */
  constructor(
    readonly parts: Bm25Parts,
    private readonly toTerms: (text: string) => readonly string[] = termsOf,
  ) {
    this.ids = new Map(parts.terms.map((term, id) => [term, id]));
  }

  private readonly ids: ReadonlyMap<string, number>;

  /** The number of documents. */
  get size(): number {
    return this.parts.norms.length;
  }

  /** The score of each document, in the order in which they were added; 0 for one without a term of the query. */
  scores(query: string): Float64Array {
    const { size } = this;
    const { starts, documents, frequencies, norms } = this.parts;
    const scores = new Float64Array(size);
    for (const term of this.toTerms(query)) {
      const id = this.ids.get(term);
      if (id === undefined) continue;
      const [start, end] = [starts[id] as number, starts[id + 1] as number];
      const idf = Math.log(1 + (size - (end - start) + 0.5) / (end - start + 0.5));
      for (let i = start; i < end; i++) {
        const document = documents[i] as number;
        const tf = frequencies[i] as number;
        scores[document] = (scores[document] as number) + (idf * tf) / (tf + (norms[document] as number));
      }
    }
    return scores;
  }

  /** The best documents, the best first; of equal scores the earlier first. Documents without a common term are left out. */
  search(query: string, count: number): Hit[] {
    const scores = this.scores(query);
    // Sorting plain numbers is ten times as fast as sorting documents, so it says first which score is good enough.
    const least = Math.max(Number.MIN_VALUE, scores.slice().sort().at(-count) ?? 0);
    const hits: Hit[] = [];
    for (const [index, score] of scores.entries()) {
      if (score >= least) hits.push({ index, score });
    }
    return hits.sort((a, b) => b.score - a.score || a.index - b.index).slice(0, count);
  }
}

/** Takes documents one after the other, and makes a {@link Bm25Index} of them. */
export class Bm25Builder {
  private readonly k1: number;
  private readonly b: number;
  private readonly toTerms: (text: string) => readonly string[];
  private readonly ids = new Map<string, number>();
  /** Of each document: the number of its terms, and of its different terms. */
  private readonly lengths = new GrowingArray();
  private readonly differing = new GrowingArray();
  /** Of each document's different terms, document by document: which, and how often. */
  private readonly termIds = new GrowingArray();
  private readonly counts = new GrowingArray();

  /** @throws InputError for parameters out of range. */
  constructor({ k1 = 1.2, b = 0.75, toTerms = termsOf }: Bm25Options = {}) {
    if (!(k1 >= 0 && Number.isFinite(k1) && b >= 0 && b <= 1)) {
      throw new InputError(`BM25 needs k1 from 0 on and b from 0 to 1; they are ${k1} and ${b}.`);
    }
    this.k1 = k1;
    this.b = b;
    this.toTerms = toTerms;
  }

  /** Adds a document; its index is the number of documents before it. */
  add(text: string): void {
    const terms = this.toTerms(text);
    const counts = new Map<number, number>();
    for (const term of terms) {
      let id = this.ids.get(term);
      if (id === undefined) {
        id = this.ids.size;
        this.ids.set(term, id);
      }
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const [id, count] of counts) {
      this.termIds.push(id);
      this.counts.push(count);
    }
    this.lengths.push(terms.length);
    this.differing.push(counts.size);
  }

  /** The index of all documents that were added. */
  build(): Bm25Index {
    const { ids, lengths, differing, termIds, counts } = this;
    // A counting sort by term.
    const starts = new Uint32Array(ids.size + 1);
    for (let i = 0; i < termIds.length; i++) {
      const after = termIds.at(i) + 1;
      starts[after] = (starts[after] as number) + 1;
    }
    for (let id = 0; id < ids.size; id++) {
      starts[id + 1] = (starts[id + 1] as number) + (starts[id] as number);
    }
    const next = starts.slice(); // where the next posting of each term goes
    const documents = new Uint32Array(termIds.length);
    const frequencies = new Uint32Array(termIds.length);
    let totalLength = 0;
    for (let document = 0, i = 0; document < lengths.length; document++) {
      totalLength += lengths.at(document);
      for (const end = i + differing.at(document); i < end; i++) {
        const id = termIds.at(i);
        const at = next[id] as number;
        next[id] = at + 1;
        documents[at] = document;
        frequencies[at] = counts.at(i);
      }
    }
    const meanLength = totalLength / lengths.length;
    const norms = new Float64Array(lengths.length).map(
      (_, document) => this.k1 * (1 - this.b + (this.b * lengths.at(document)) / meanLength),
    );
    return new Bm25Index({ terms: [...ids.keys()], starts, documents, frequencies, norms }, this.toTerms);
  }
}
