import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../errors/errors.js';
import type { TestCollection } from '../../evaluation/candidates.js';
import { openInput } from './input.js';
import type { Io } from './io.js';
import { describeJson, parseJsonObject } from './jsonl.js';
import { readLines } from './lines.js';
import { readQrels } from './trec-files.js';

/** A collection, and the sha256 of its documents' file. */
export interface BeirFolder extends TestCollection {
  readonly corpusHash: string;
  /** The file of its judgments. */
  readonly qrelsFile: string;
}

/**
 * Reads a folder in BEIR's form: corpus.jsonl (`_id`, `text`, perhaps `title`), queries.jsonl (`_id`, `text`), and
 * judgments in qrels/test.tsv, or in the only file there.
 *
 * @param qrelsFile other judgments, in BEIR's or TREC's format.
 * @throws InputError that names file and line; also for judgments of a query that queries.jsonl does not have.
 */
export async function readBeirFolder(
  folder: string,
  qrelsFile: string | undefined,
  io: Io,
): Promise<BeirFolder> {
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) {
    throw new InputError(
      `${folder} is not a folder. --beir needs one with corpus.jsonl, queries.jsonl and qrels/test.tsv.`,
    );
  }
  const judgments = qrelsFile ?? (await findQrels(path.join(folder, 'qrels')));
  const { texts: queries } = await readTexts(path.join(folder, 'queries.jsonl'), io);
  const qrels = await readQrels(judgments, io, { queries });
  const { texts: documents, hash } = await readTexts(path.join(folder, 'corpus.jsonl'), io);
  return { queries, documents, qrels, corpusHash: hash, qrelsFile: judgments };
}

async function findQrels(folder: string): Promise<string> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.tsv'));
  const [only] = names;
  if (names.includes('test.tsv')) return path.join(folder, 'test.tsv');
  if (names.length === 1 && only !== undefined) return path.join(folder, only);
  const found = names.length === 0 ? 'no .tsv file' : names.sort().join(', ');
  throw new InputError(`${folder} has ${found}, but no test.tsv. Say which judgments to take with --qrels.`);
}

/** Texts by id, with a title before its text. */
async function readTexts(file: string, io: Io): Promise<{ texts: Map<string, string>; hash: string }> {
  const input = await openInput(file, io);
  const hash = createHash('sha256');
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of input.stream as AsyncIterable<Uint8Array>) {
      hash.update(piece);
      yield piece;
    }
  };
  const texts = new Map<string, string>();
  for await (const lines of readLines({ name: input.name, stream: hashed() })) {
    for (const { number, text, problem } of lines) {
      const fail = (what: string): never => {
        throw new InputError(`${input.name} line ${number}: ${what}`);
      };
      const parsed = problem ?? parseJsonObject(text);
      if (typeof parsed === 'string') throw new InputError(`${input.name} line ${number}: ${parsed}`);
      const { _id: id, title = '', text: body } = parsed.fields;
      for (const [name, value] of Object.entries({ _id: id, title, text: body })) {
        if (typeof value !== 'string') fail(`"${name}" is ${describeJson(value)}; it must be a string.`);
      }
      if (texts.has(id as string)) fail(`"_id" ${JSON.stringify(id)} is there twice.`);
      texts.set(id as string, title === '' ? (body as string) : `${title} ${body}`);
    }
  }
  if (texts.size === 0) throw new InputError(`${file} is empty.`);
  return { texts, hash: hash.digest('hex') };
}
