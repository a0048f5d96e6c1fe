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

/** What `post_processor` says. */
export interface PostProcessor {
  readonly template: PairTemplate;
  /** Spans do not count the blanks at the ends of their tokens; a step for each time that it is asked for. */
  readonly trims: readonly TrimOptions[];
}

/** How the blanks at the ends of a token are left out of its span. */
export interface TrimOptions {
  /** The blank that opens a text may have been put there, and counts. */
  readonly addPrefixSpace: boolean;
}

/** A processor as far as it was read: without a template it only trims. */
interface Step {
  readonly template: PairTemplate | undefined;
  readonly trims: readonly TrimOptions[];
}

/** Each kind that is read, by its name in the file. */
const KINDS: Readonly<Record<string, (field: JsonField) => Step>> = {
  TemplateProcessing: (field) => ({ template: parseTemplate(field), trims: [] }),
  RobertaProcessing: (field) => ({ template: parseClsAndSep(field, 2), trims: parseTrim(field) }),
  BertProcessing: (field) => ({ template: parseClsAndSep(field, 1), trims: [] }),
  ByteLevel: (field) => ({ template: undefined, trims: parseTrim(field) }),
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
  const { template, trims } = parseStep(field);
  if (template === undefined) return field.fail('must say how a pair becomes one sequence');
  return { template, trims };
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
  const templates = steps.flatMap(({ template }) => (template === undefined ? [] : [template]));
  if (templates.length > 1) processors.fail('must not hold two processors that add special tokens');
  return { template: templates[0], trims: steps.flatMap(({ trims }) => trims) };
}

function parseTrim(field: JsonField): readonly TrimOptions[] {
  const addPrefixSpace = field.get('add_prefix_space').boolean(true);
  return field.get('trim_offsets').boolean(true) ? [{ addPrefixSpace }] : [];
}

/** `<s> A </s> </s> B </s>`, or with one `sep` between the texts. */
function parseClsAndSep(field: JsonField, between: number): PairTemplate {
  const cls = parseNamedId(field.get('cls'));
  const sep = parseNamedId(field.get('sep'));
  return { before: [cls], between: Array.from({ length: between }, () => sep), after: [sep] };
}

function parseNamedId(field: JsonField): SpecialToken {
  const [piece, id] = field.items();
  if (piece === undefined || id === undefined) return field.fail('must be a token and its id');
  return { id: id.index(2 ** 31), piece: piece.string() };
}

/** `pair` of TemplateProcessing, which must hold the first text once and then the second one once. */
function parseTemplate(field: JsonField): PairTemplate {
  const parts: SpecialToken[][] = [[]];
  let texts = '';
  for (const item of field.get('pair').items()) {
    const sequence = item.get('Sequence');
    if (sequence.isNone) {
      parts.at(-1)?.push(...specialTokens(field, item.get('SpecialToken').get('id')));
    } else {
      texts += sequence.get('id').string();
      parts.push([]);
    }
  }
  const [before, between, after] = parts;
  if (texts !== 'AB' || before === undefined || between === undefined || after === undefined) {
    return field.get('pair').fail('must hold Sequence A, then Sequence B, each once');
  }
  return { before, between, after };
}

function specialTokens(field: JsonField, name: JsonField): SpecialToken[] {
  const entry = field.get('special_tokens').get(name.string());
  const pieces = entry.get('tokens').items();
  return entry
    .get('ids')
    .items()
    .map((id, index) => ({ id: id.index(2 ** 31), piece: pieces[index]?.string() ?? name.string() }));
}

/** How many special tokens a pair has: 4 in this family. */
export function countSpecialTokens({ before, between, after }: PairTemplate): number {
  return before.length + between.length + after.length;
}
