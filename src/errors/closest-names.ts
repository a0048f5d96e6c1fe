/** Limits of the comparison, because a hostile file can have many and long names. */
const MAX_CANDIDATES = 5_000;
const MAX_LENGTH = 300;

/** Most edits between two tensor names that count as a misspelling of each other (`gamma` for `weight` is 6). */
const MAX_EDITS = 8;

/**
 * Names that may be meant by the missing `name`, the closest first: those with the same end (another prefix:
 * `encoder.layer.0.output.dense.bias` for `roberta.encoder.layer.0.output.dense.bias`), then those a few edits away.
 *
 * @param name the missing name
 * @param candidates the names that exist
 * @param most names returned at most
 */
export function closestNames(name: string, candidates: readonly string[], most = 2): readonly string[] {
  const close: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates.slice(0, MAX_CANDIDATES)) {
    if (candidate.length > MAX_LENGTH || name.length > MAX_LENGTH) continue;
    if (isOtherPrefix(name, candidate)) close.push({ candidate, distance: 0 });
    else {
      const distance = editDistance(name, candidate);
      // A few edits would leave nothing of a short name.
      if (distance <= Math.min(MAX_EDITS, name.length / 3)) close.push({ candidate, distance });
    }
  }
  // sort() is stable: equally close names stay in file order.
  close.sort((a, b) => a.distance - b.distance);
  return close.slice(0, most).map(({ candidate }) => candidate);
}

/** Whether one name is the other with a prefix. */
function isOtherPrefix(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.includes('.') && long.endsWith(`.${short}`);
}

/** Levenshtein distance, one row at a time; Infinity where the lengths alone are too far apart. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_EDITS) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    if (Math.min(...next) > MAX_EDITS) return Number.POSITIVE_INFINITY;
    row = next;
  }
  return row[b.length] ?? Number.POSITIVE_INFINITY;
}
