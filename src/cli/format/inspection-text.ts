import type { Counterfactual } from '../../inspection/attribution/attribution-types.js';
import type {
  DepthScore,
  InspectedAttribution,
  InspectedRanking,
  Inspection,
  TextSpan,
} from '../../inspection/inspection.js';
import { describeMethod } from '../../inspection/report/methods.js';
import { plain, signed } from '../../inspection/report/numbers.js';
import { type ColourScale, colourScale, toStrengths } from '../../inspection/report/strength.js';
import { describeVerdict } from '../../inspection/report/verdict.js';
import { sigmoid } from '../../math/sigmoid.js';
import { cutToWidth } from './display-width.js';
import { formatBar, formatPlural } from './format.js';
import { type MarkedRun, wrapRuns } from './marked-text.js';
import type { TableStyle } from './table.js';
import { visibleLine } from './visible.js';

/** Backgrounds of 256 colours, from faint to full: blue for, orange against. The text on them is black. */
const FOR = [195, 153, 117, 75] as const;
const AGAINST = [230, 223, 221, 214] as const;
const BLACK_ON = '\x1b[38;5;16;48;5;';
const DIM = '\x1b[2m';
const PLAIN = '\x1b[0m';

/** Without colours, words with at least this many of the four steps show their number. */
const NUMBERED = 2;

const SCORE_CELLS = 20;
const INDENT = 10;
const LEVELS = '▁▂▃▄▅▆▇█';

/** A ranking for a terminal, document by document, the best first, with what would put each ahead of it. */
export function formatInspections(
  { inspections, counterfactuals }: InspectedRanking,
  style: TableStyle,
): string {
  const parts = inspections.map((inspection, i) => {
    const heading = inspections.length === 1 ? '' : `── ${i + 1} of ${inspections.length} ──\n`;
    const counterfactual = counterfactuals[i] ?? null;
    const turned = counterfactual === null ? '' : `\n${describeTurn(counterfactual)}\n`;
    return heading + formatInspection(inspection, inspections, style) + turned;
  });
  return parts.join('\n');
}

function describeTurn({ deleted }: Counterfactual): string {
  const words = deleted.map(({ text }) => `“${visibleLine(text)}”`).join(', ');
  return `It would be ahead if the first lacked ${words}.`;
}

/** Score, verdict, both texts with their words marked, depth, sentences. */
function formatInspection(inspection: Inspection, all: readonly Inspection[], style: TableStyle): string {
  const { score, logit, tokens, attributions, depth } = inspection;
  const verdict = describeVerdict(inspection, attributions[0]).map(visibleLine).join(' ');
  const blocks = [
    `${score.toFixed(4)}  ${formatBar(score, SCORE_CELLS)}  logit ${plain(logit, 3)}, ${formatPlural(tokens.length, 'token')}`,
    wrapRuns([{ text: verdict }], style),
    ...attributions.map((attribution) =>
      formatWords(inspection, attribution, colourScale(all, attribution.method), style),
    ),
    formatDepth(depth),
    ...attributions.slice(0, 1).map((attribution) => formatSentences(inspection, attribution, style)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function formatWords(
  inspection: Inspection,
  attribution: InspectedAttribution,
  scale: ColourScale,
  style: TableStyle,
): string {
  const legend = style.colour
    ? `${onBackground(FOR[3])(' for ')} ${onBackground(AGAINST[3])(' against ')}`
    : '(numbers: the effect of the strongest words on the logit)';
  const texts = (['query', 'document'] as const).map((part) =>
    wrapRuns(markWords(inspection, attribution, part, { full: scale[part], colour: style.colour }), {
      label: part,
      indent: INDENT,
      columns: style.columns,
    }),
  );
  return [`${describeMethod(attribution.method).label}  ${legend}`, ...texts].join('\n');
}

/** One text with its words coloured, or with numbers at the strongest ones; cut text is dim, or marked. */
function markWords(
  { pair, words, cut }: Inspection,
  attribution: InspectedAttribution,
  part: TextSpan['part'],
  { full, colour }: { readonly full: number; readonly colour: boolean },
): MarkedRun[] {
  const text = pair[part];
  const own = words.flatMap((span, i) =>
    span.part === part ? [{ ...span, value: attribution.words[i] ?? 0 }] : [],
  );
  const strengths = toStrengths(
    own.map(({ value }) => value),
    FOR.length,
    full,
  );
  const runs: MarkedRun[] = [];
  const add = (from: number, to: number): number =>
    from < to ? runs.push({ text: visibleLine(text.slice(from, to)) }) : 0;
  let at = 0;
  for (const [i, { start, end, value }] of own.entries()) {
    const strength = strengths[i] ?? 0;
    add(at, start);
    runs.push(markWord(visibleLine(text.slice(start, end)), strength, value, colour));
    at = end;
  }
  const cutAt = Math.max(at, cut.find((token) => token.part === part)?.start ?? text.length);
  add(at, cutAt);
  if (cutAt < text.length) {
    const rest = visibleLine(text.slice(cutAt));
    runs.push(
      colour ? { text: rest, paint: (same) => `${DIM}${same}${PLAIN}` } : { text: ` [cut: ${rest.trim()}]` },
    );
  }
  return runs;
}

function markWord(word: string, strength: number, value: number, colour: boolean): MarkedRun {
  const steps = Math.abs(strength);
  if (colour) {
    return {
      text: word,
      paint: steps === 0 ? undefined : onBackground((strength > 0 ? FOR : AGAINST)[steps - 1] ?? 0),
    };
  }
  return { text: steps >= NUMBERED ? `[${word.trim()} ${signed(value)}]` : word };
}

function onBackground(background: number): (text: string) => string {
  return (text) => `${BLACK_ON}${background}m${text}${PLAIN}`;
}

/** `By depth  ▁▁▂▅▇██  0.02 → 0.95`: a block for each layer, the embeddings first. */
function formatDepth(depth: readonly DepthScore[]): string {
  const [first, last] = [depth[0], depth.at(-1)];
  if (first === undefined || last === undefined) {
    return '';
  }
  const line = depth
    .map(({ score }) => LEVELS[Math.min(LEVELS.length - 1, Math.floor(score * LEVELS.length))])
    .join('');
  const layers = `the embeddings, then layers 1 to ${depth.length - 1}`;
  return `${'by depth'.padEnd(INDENT)}${line}  ${first.score.toFixed(2)} → ${last.score.toFixed(2)}  ${layers}`;
}

/** Width of the columns before a sentence: its effect, its score alone, and the gaps between them. */
const SENTENCE_COLUMNS = 8 + 2 + 5 + 2;

function formatSentences(
  inspection: Inspection,
  { sentences: values }: InspectedAttribution,
  { columns }: TableStyle,
): string {
  const lines = inspection.sentences
    .map((sentence, i) => ({ ...sentence, value: values[i] ?? 0 }))
    .filter(({ part }) => part === 'document')
    .sort((a, b) => b.value - a.value)
    .map(({ start, end, value, aloneLogit }) => {
      const alone = aloneLogit === null ? '' : sigmoid(aloneLogit).toFixed(2);
      const text = visibleLine(inspection.pair.document.slice(start, end));
      return `${signed(value).padStart(8)}  ${alone.padStart(5)}  ${cutToWidth(text, Math.max(16, columns - SENTENCE_COLUMNS))}`;
    });
  return ['  effect  alone  sentence', ...lines].join('\n');
}
