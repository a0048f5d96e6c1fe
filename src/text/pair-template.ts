import type { JsonField } from './json-field.js';

/** A token that the tokenizer puts around the texts of a pair. */
export interface SpecialToken {
  readonly id: number;
  readonly piece: string;
}

/** How two texts become one sequence: `<s> query </s></s> document </s>` in this family. */
export interface PairTemplate {
  readonly before: readonly SpecialToken[];
  readonly between: readonly SpecialToken[];
  readonly after: readonly SpecialToken[];
}

/**
 * Reads the pair template of `post_processor` in tokenizer.json.
 *
 * @throws TokenizationError for other kinds than TemplateProcessing, and for templates that do not hold the
 * first text once and then the second one once
 */
export function parsePairTemplate(field: JsonField): PairTemplate {
  const [before, between, after] = readParts(field, 'pair', 'AB');
  if (before === undefined || between === undefined || after === undefined) {
    return field.get('pair').fail('must hold Sequence A, then Sequence B, each once');
  }
  return { before, between, after };
}

/**
 * Reads its template of a text alone: `<s> text </s>` in this family. Such a text is a document without a query, with
 * nothing between them.
 *
 * @throws TokenizationError as {@link parsePairTemplate}
 */
export function parseTextTemplate(field: JsonField): PairTemplate {
  const [before, after] = readParts(field, 'single', 'A');
  if (before === undefined || after === undefined) {
    return field.get('single').fail('must hold Sequence A once');
  }
  return { before, between: [], after };
}

/** The special tokens around the texts of a template; none where it has other texts than these. */
function readParts(field: JsonField, template: string, texts: string): SpecialToken[][] {
  const type = field.get('type');
  if (type.value !== 'TemplateProcessing') type.fail('must be TemplateProcessing (others are not supported)');
  const parts: SpecialToken[][] = [[]];
  let found = '';
  for (const item of field.get(template).items()) {
    const sequence = item.get('Sequence');
    if (sequence.isNone) {
      parts.at(-1)?.push(...specialTokens(field, item.get('SpecialToken').get('id')));
    } else {
      found += sequence.get('id').string();
      parts.push([]);
    }
  }
  return found === texts ? parts : [];
}

function specialTokens(field: JsonField, name: JsonField): SpecialToken[] {
  const entry = field.get('special_tokens').get(name.string());
  const pieces = entry.get('tokens').items();
  return entry
    .get('ids')
    .items()
    .map((id, index) => ({ id: id.index(2 ** 31), piece: pieces[index]?.string() ?? name.string() }));
}

/** How many special tokens a sequence has: 4 of a pair in this family, 2 of a text alone. */
export function countSpecialTokens({ before, between, after }: PairTemplate): number {
  return before.length + between.length + after.length;
}
