import type { TextPair } from '../../engine/types.js';
import type { PlacedPair } from '../../tokenizer/tokenized.js';
import type { SegmentUnit, TextSegment } from './attribution-types.js';

/** A word or a sentence with its tokens. */
export interface TokenSegment extends Omit<TextSegment, 'value'> {
  /** Indices into the pair's `inputIds`, ascending; never empty. */
  readonly tokens: readonly number[];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** A fixed locale, so that results are the same everywhere; ICU segments Chinese by its dictionary in any locale. */
const SEGMENTERS: Readonly<Record<SegmentUnit, Intl.Segmenter>> = {
  word: new Intl.Segmenter('en', { granularity: 'word' }),
  sentence: new Intl.Segmenter('en', { granularity: 'sentence' }),
};

/**
 * The words or sentences of a pair after truncation, each with its tokens. A punctuation mark is a word of its own.
 * Every token of a text belongs to exactly one of them: words that share a token are joined, and a space belongs to
 * what follows it.
 *
 * @param pair the tokens of these texts.
 */
export function findSegments(pair: PlacedPair, texts: TextPair, unit: SegmentUnit): TokenSegment[] {
  return (['query', 'document'] as const).flatMap((part) => {
    const indices = [...pair.tokens.keys()].filter((i) => pair.tokens[i]?.part === part);
    const spans = indices.map((i) => pair.tokens[i] as Span);
    const seen = spans.reduce((end, span) => Math.max(end, span.end), 0);
    return groupBySegments(spans, divide(texts[part].slice(0, seen), unit)).map(
      ({ start, end, members }) => ({
        part,
        unit,
        start,
        end,
        text: texts[part].slice(start, end),
        tokens: members.map((member) => indices[member] as number),
      }),
    );
  });
}

/**
 * Sums values of tokens by word or sentence.
 *
 * @param tokens one number for each of `inputIds`.
 */
export function segmentAttribution(
  pair: PlacedPair,
  texts: TextPair,
  tokens: readonly number[],
  unit: SegmentUnit,
): TextSegment[] {
  return sumSegments(findSegments(pair, texts, unit), tokens);
}

/** The same for segments that are already known. */
export function sumSegments(segments: readonly TokenSegment[], values: readonly number[]): TextSegment[] {
  const sums = sumGroups(
    segments.map(({ tokens }) => tokens),
    values,
  );
  return segments.map(({ tokens: _, ...segment }, i) => ({ ...segment, value: sums[i] as number }));
}

/** The sum of each group of tokens. @param values one number for each token. */
export function sumGroups(groups: readonly (readonly number[])[], values: readonly number[]): number[] {
  return groups.map((tokens) => tokens.reduce((sum, token) => sum + (values[token] as number), 0));
}

/** The spans of a segmenter, without surrounding spaces and without blank spans. */
function divide(text: string, unit: SegmentUnit): Span[] {
  return Array.from(SEGMENTERS[unit].segment(text), ({ segment, index }) => {
    const start = index + segment.length - segment.trimStart().length;
    return { start, end: start + segment.trim().length };
  }).filter(({ start, end }) => start < end);
}

/** Assigns tokens, in the text's order, to segments. Segments that share a token are joined; empty ones go. */
function groupBySegments(
  tokens: readonly Span[],
  segments: readonly Span[],
): (Span & { readonly members: number[] })[] {
  const groups: { start: number; end: number; members: number[] }[] = [];
  let at = 0;
  for (const [member, token] of tokens.entries()) {
    while (at < segments.length - 1 && (segments[at] as Span).end <= token.start) {
      at++;
    }
    const first = segments[at];
    if (first === undefined) {
      continue; // the text is blank
    }
    let last = first;
    while (at < segments.length - 1 && (segments[at + 1] as Span).start < token.end) {
      at++;
      last = segments[at] as Span;
    }
    const current = groups.at(-1);
    if (current !== undefined && first.start < current.end) {
      current.end = Math.max(current.end, last.end);
      current.members.push(member);
    } else {
      groups.push({ start: first.start, end: last.end, members: [member] });
    }
  }
  return groups;
}
