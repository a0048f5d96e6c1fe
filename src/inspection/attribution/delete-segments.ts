import type { TextSegment } from './attribution-types.js';

/** A text without some of its segments, and without the blanks after one where blanks, or nothing, stand before it. */
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
