/** The documents of a text: its lines, without blank ones. */
export function documentsOfLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
}

/**
 * The documents of a file, one per line, as `tfjs-reranker rerank` reads them: in `.jsonl` and `.ndjson` files a JSON
 * string or an object with a string `text`, in all other files plain text.
 *
 * @throws Error that names file and line.
 */
export function documentsOfFile(name: string, text: string): string[] {
  if (!/\.(jsonl|ndjson)$/i.test(name)) {
    return documentsOfLines(text);
  }
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') {
      return [];
    }
    const place = `${name} line ${i + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new Error(`${place} is not JSON.`);
    }
    const found = typeof value === 'object' && value !== null ? (value as { text?: unknown }).text : value;
    if (typeof found !== 'string') {
      throw new Error(`${place} is no document: a document is a string or an object with a string "text".`);
    }
    return found.trim() === '' ? [] : [found];
  });
}
