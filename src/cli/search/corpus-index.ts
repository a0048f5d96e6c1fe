import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { asOutputError } from '../../files/write-whole.js';
import { Bm25Builder, Bm25Index } from '../../retrieval/bm25.js';
import { type FoundFile, findTexts, type Skipped } from './find-texts.js';
import { type IndexedFile, readIndex, writeIndex } from './index-file.js';
import { type FilePassage, readPassages } from './read-text.js';

/** A passage and where it stands. */
export interface CorpusPassage extends FilePassage {
  /** The path of its file. */
  readonly file: string;
}

/** A passage that lexical search found: the best one of its document. */
export interface Candidate extends CorpusPassage {
  /** Its place in the order of BM25, from 1. */
  readonly bm25Rank: number;
  readonly bm25Score: number;
}

/** What happened to the index when it was opened. */
export interface IndexUpdate {
  readonly files: number;
  readonly passages: number;
  /** Files that were read now: new or changed ones. */
  readonly read: number;
  /** Files that are gone. */
  readonly removed: number;
  readonly skipped: Skipped;
}

/** The passages of a corpus, found by BM25. */
export class CorpusIndex {
  private constructor(
    readonly update: IndexUpdate,
    private readonly passages: readonly CorpusPassage[],
    private readonly bm25: Bm25Index,
  ) {}

  /**
   * Opens the index of a corpus and brings it up to date: files whose size or time differ are read again, and count as
   * changed if their sha256 does. It is written whole, if anything changed.
   *
   * @param indexFolder the folder for indexes.
   * @throws InputError if there is no such corpus; OutputError if the index cannot be written.
   */
  static async open(
    corpus: string,
    indexFolder: string,
    onProgress: (done: number, total: number) => void = () => {},
  ): Promise<CorpusIndex> {
    const { root, folder, files: found, skipped } = await findTexts(corpus);
    const file = path.join(indexFolder, indexName(root));
    const stored = await readIndex(file);
    const before = new Map(stored?.files.map((known) => [known.name, known]));
    const files: IndexedFile[] = [];
    let read = 0;
    let removed = 0;
    let isChanged = stored === undefined;
    for (const [i, each] of found.entries()) {
      onProgress(i, found.length);
      const known = before.get(each.name);
      before.delete(each.name);
      const isSame = known?.bytes === each.bytes && known.modifiedMs === each.modifiedMs;
      const now = isSame ? known : await readFileAgain(folder, each, known);
      if (now === undefined) {
        skipped.unreadable += 1;
        if (known !== undefined) removed += 1;
        continue;
      }
      if (now !== known) isChanged = true;
      if (now.passages !== known?.passages || known === undefined) read += 1;
      if (now.passages === undefined) skipped.notText += 1;
      files.push(now);
    }
    removed += before.size;
    const passages = files.flatMap(({ name, passages: own = [] }) =>
      own.map((passage): CorpusPassage => ({ ...passage, file: path.join(folder, name) })),
    );
    const isStale = read > 0 || removed > 0 || stored === undefined;
    const bm25 = isStale ? indexOf(passages) : new Bm25Index(stored.bm25);
    if (isChanged || removed > 0) {
      await mkdir(indexFolder, { recursive: true }).catch((cause) => {
        throw asOutputError(indexFolder, cause);
      });
      await writeIndex(file, { files, bm25: bm25.parts });
    }
    return new CorpusIndex(
      { files: files.length - skipped.notText, passages: passages.length, read, removed, skipped },
      passages,
      bm25,
    );
  }

  /** The best passage of each document among the best `count` passages, the best first. */
  search(query: string, count: number): Candidate[] {
    const best = new Map<string, Candidate>();
    for (const [i, { index, score }] of this.bm25.search(query, count).entries()) {
      const passage = this.passages[index] as CorpusPassage;
      const document = `${passage.document} ${passage.file}`;
      if (!best.has(document)) best.set(document, { ...passage, bm25Rank: i + 1, bm25Score: score });
    }
    return [...best.values()];
  }
}

/** One index for each corpus: its name for people, and a hash of its path. */
function indexName(root: string): string {
  const hash = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return `${path.basename(root).replaceAll(/[^\w.-]/g, '_')}-${hash}.index`;
}

/** @returns undefined for a file that cannot be read: it is not kept, so that the next search tries again. */
async function readFileAgain(
  folder: string,
  { name, bytes, modifiedMs }: FoundFile,
  known: IndexedFile | undefined,
): Promise<IndexedFile | undefined> {
  const content = await readFile(path.join(folder, name)).catch(() => undefined);
  if (content === undefined) return undefined;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const passages = known?.sha256 === sha256 ? known.passages : readPassages(name, content);
  return { name, bytes, modifiedMs, sha256, passages };
}

function indexOf(passages: readonly FilePassage[]): Bm25Index {
  const builder = new Bm25Builder();
  for (const { text } of passages) builder.add(text);
  return builder.build();
}
