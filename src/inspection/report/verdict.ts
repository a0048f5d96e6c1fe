import type { DepthScore, InspectedAttribution, Inspection, TextSpan } from '../inspection.js';

/** Most words named in a sentence. */
const NAMED = 4;
/** From this share on, words are "most" of what speaks for a document. */
const MOST = 0.5;
/** A word against is named if it has at least this share of the strongest word's weight. */
const WORTH_NAMING = 0.15;
/** Smaller effects on the logit are not mentioned. */
const NOTICEABLE = 0.3;

/**
 * An inspection in plain sentences: the score, the words of the document that speak for it or against it, and where in
 * the model the decision forms.
 *
 * @param attribution whose words are named; without it only score and depth are described.
 */
export function describeVerdict(inspection: Inspection, attribution?: InspectedAttribution): string[] {
  const sentences = [
    `The model gives this document ${inspection.score.toFixed(2)} of 1: ${judge(inspection)}.`,
  ];
  if (attribution !== undefined) {
    sentences.push(describeWords(inspection, attribution));
  }
  const settled = settledLayer(inspection.depth);
  if (settled !== undefined) {
    const layers = inspection.depth.length - 1;
    sentences.push(
      settled === 0
        ? 'Read out after any layer, the score would be much the same.'
        : `Read out layer by layer, the score is settled after layer ${settled} of ${layers}.`,
    );
  }
  return sentences;
}

function judge({ score }: Inspection): string {
  if (score >= 0.8) return 'it considers it an answer';
  if (score >= 0.5) return 'it leans towards considering it an answer';
  return score >= 0.2 ? 'it leans towards not considering it an answer' : 'it does not consider it an answer';
}

interface WeighedWord {
  readonly text: string;
  readonly value: number;
}

function describeWords(inspection: Inspection, { words: values }: InspectedAttribution): string {
  const words = weighWords(inspection.pair.document, inspection.words, values);
  const pro = words.filter(({ value }) => value > 0).sort((a, b) => b.value - a.value);
  const con = words.filter(({ value }) => value < 0).sort((a, b) => a.value - b.value);
  const strongest = Math.max(pro[0]?.value ?? 0, -(con[0]?.value ?? 0));
  if (strongest < NOTICEABLE) {
    return 'No single word of it has a noticeable effect.';
  }
  const worthNaming = ({ value }: WeighedWord): boolean => Math.abs(value) >= WORTH_NAMING * strongest;
  const forIt = pro.filter(worthNaming).slice(0, NAMED);
  const againstIt = con.filter(worthNaming).slice(0, NAMED - 1);
  const parts: string[] = [];
  if (forIt.length > 0) {
    const isMost = sum(forIt) >= MOST * sum(pro);
    const one = forIt.length === 1;
    const verb = isMost
      ? one
        ? 'carries most of'
        : 'carry most of'
      : one
        ? 'speaks most for'
        : 'speak most for';
    parts.push(`${list(forIt)} ${verb} ${isMost ? 'what speaks for it' : 'it'}`);
  }
  if (againstIt.length > 0) {
    parts.push(`${list(againstIt)} ${againstIt.length === 1 ? 'speaks' : 'speak'} against it`);
  }
  return `${capitalize(parts.join('; '))}.`;
}

/** Words of the document with a letter or a digit; repeated words count together. */
function weighWords(document: string, spans: readonly TextSpan[], values: readonly number[]): WeighedWord[] {
  const words = new Map<string, WeighedWord>();
  for (const [i, { part, start, end }] of spans.entries()) {
    const text = document.slice(start, end);
    if (part === 'document' && /[\p{L}\p{N}]/u.test(text)) {
      const key = text.toLowerCase();
      const known = words.get(key);
      words.set(key, { text: known?.text ?? text, value: (known?.value ?? 0) + (values[i] ?? 0) });
    }
  }
  return [...words.values()];
}

function sum(words: readonly WeighedWord[]): number {
  return words.reduce((total, { value }) => total + value, 0);
}

function list(words: readonly WeighedWord[]): string {
  const names = words.map(({ text }) => `“${text}”`);
  const last = names.pop() ?? '';
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Scores that are this close count as the same decision. */
const SETTLED = 0.1;

/**
 * The first layer from which the score stays within a tenth of the last one.
 *
 * @returns undefined without depth scores.
 */
export function settledLayer(depth: readonly DepthScore[]): number | undefined {
  const last = depth.at(-1);
  if (last === undefined) {
    return undefined;
  }
  const unsettled = depth.findLastIndex(({ score }) => Math.abs(score - last.score) > SETTLED);
  return depth[unsettled + 1]?.layer;
}
