import type { JsonField } from './json-field.js';

/** A token that the tokenizer puts around the texts of a pair. */
export interface SpecialToken {
  readonly id: number;
  readonly piece: string;
}

/** The special tokens that join two texts to one sequence: `<s> query </s></s> document </s>` in this family. */
export interface PairTemplate {
  readonly before: readonly SpecialToken[];
  readonly between: readonly SpecialToken[];
  readonly after: readonly SpecialToken[];
}

/** The templates of a pair and of a text alone, `<s> text </s>`, which counts as a document without a query. */
export interface Templates {
  readonly pair: PairTemplate;
  readonly text: PairTemplate;
}

/** The content of `post_processor`. */
export interface PostProcessor {
  readonly templates: Templates;
  /** Steps that take blanks at the ends of tokens out of their spans, one for each processor that asks for it. */
  readonly trims: readonly TrimOptions[];
}

/** How the blanks at the ends of a token are taken out of its span. */
export interface TrimOptions {
  /** Whether the blank that opens a text is kept in the span, because it may have been added there. */
  readonly addPrefixSpace: boolean;
}

/** A processor while it is read; without templates it only trims. */
interface Step {
  readonly templates: Templates | undefined;
  readonly trims: readonly TrimOptions[];
}

/** The supported kinds, by their names in the file. */
const KINDS: Readonly<Record<string, (field: JsonField) => Step>> = {
  TemplateProcessing: (field) => ({ templates: parseTemplates(field), trims: [] }),
  RobertaProcessing: (field) => ({ templates: parseClsAndSep(field, 2), trims: parseTrim(field) }),
  BertProcessing: (field) => ({ templates: parseClsAndSep(field, 1), trims: [] }),
  ByteLevel: (field) => ({ templates: undefined, trims: parseTrim(field) }),
  Sequence: parseSequence,
};

const NAMES = Object.keys(KINDS);

/**
 * Reads `post_processor` of tokenizer.json.
 *
 * @throws TokenizationError for other kinds, and for those that do not put two texts into one sequence
 */
export function parsePostProcessor(field: JsonField): PostProcessor {
  if (field.isNone) field.fail('must say how a pair becomes one sequence');
  const { templates, trims } = parseStep(field);
  if (templates === undefined) return field.fail('must say how a pair becomes one sequence');
  return { templates, trims };
}

function parseStep(field: JsonField): Step {
  const type = field.get('type');
  const parse =
    typeof type.value === 'string' && Object.hasOwn(KINDS, type.value) ? KINDS[type.value] : undefined;
  if (parse === undefined) return type.fail(`must be one of ${NAMES.join(', ')} (others are not supported)`);
  return parse(field);
}

function parseSequence(field: JsonField): Step {
  const processors = field.get('processors');
  const steps = processors.items().map(parseStep);
  const found = steps.flatMap(({ templates }) => (templates === undefined ? [] : [templates]));
  if (found.length > 1) processors.fail('must not hold two processors that add special tokens');
  return { templates: found[0], trims: steps.flatMap(({ trims }) => trims) };
}

function parseTrim(field: JsonField): readonly TrimOptions[] {
  const addPrefixSpace = field.get('add_prefix_space').boolean(true);
  return field.get('trim_offsets').boolean(true) ? [{ addPrefixSpace }] : [];
}

/** `<s> A </s> </s> B </s>`, or with one `sep` between the texts; `<s> A </s>`. */
function parseClsAndSep(field: JsonField, between: number): Templates {
  const cls = parseNamedId(field.get('cls'));
  const sep = parseNamedId(field.get('sep'));
  const ends = { before: [cls], after: [sep] };
  return {
    pair: { ...ends, between: Array.from({ length: between }, () => sep) },
    text: { ...ends, between: [] },
  };
}

function parseNamedId(field: JsonField): SpecialToken {
  const [piece, id] = field.items();
  if (piece === undefined || id === undefined) return field.fail('must be a token and its id');
  return { id: id.index(2 ** 31), piece: piece.string() };
}

/** Reads `pair` of TemplateProcessing, which must have the first text once and then the second one once, and `single`. */
function parseTemplates(field: JsonField): Templates {
  const [before, between, after] = readParts(field, 'pair', 'AB');
  if (before === undefined || between === undefined || after === undefined) {
    return field.get('pair').fail('must hold Sequence A, then Sequence B, each once');
  }
  const [opening, closing] = readParts(field, 'single', 'A');
  if (opening === undefined || closing === undefined) {
    return field.get('single').fail('must hold Sequence A once');
  }
  return { pair: { before, between, after }, text: { before: opening, between: [], after: closing } };
}

/** The special tokens around the texts of a template; an empty list if it has other texts than these. */
function readParts(field: JsonField, template: 'pair' | 'single', texts: string): SpecialToken[][] {
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

/** How many special tokens a sequence has: 4 for a pair in this family, 2 for a text alone. */
export function countSpecialTokens({ before, between, after }: PairTemplate): number {
  return before.length + between.length + after.length;
}
