import type { RerankQuality } from '../../evaluation/rerank-quality.js';
import type { ModelFacts, TaskFacts } from '../evaluation/facts.js';
import { formatColumns, formatValue } from './evaluation-report.js';
import { formatCount, formatPlural } from './format.js';
import { visibleLine } from './visible.js';

/** What `evaluate --beir` found out. */
export interface RerankReport {
  /** The first is that of the verdict. */
  readonly qualities: readonly RerankQuality[];
  /** Relevant documents, and how many of them are no candidates. */
  readonly relevant: number;
  readonly missed: number;
  /** Model, data and settings, under the names that they have in JSON. */
  readonly facts: ModelFacts & TaskFacts;
}

/** The report for people: a line for each measure, what the numbers rest on, and the verdict. */
export function formatRerankReport(
  { qualities, relevant, missed, facts }: RerankReport,
  { perQuery }: { readonly perQuery: boolean },
): string {
  const settings = Object.entries(facts.first_stage_settings).map(([name, value]) => `${name} ${value}`);
  const [first] = qualities;
  const tied = qualities.filter(({ ties }) => ties.questions > 0);
  const lines = [
    ...(perQuery ? [formatQueries(qualities)] : []),
    formatMeasures(qualities),
    `\nCandidates: the first ${facts.reranked} of ${[facts.first_stage, ...settings].join(', ')}; ` +
      `${facts.model}, ${facts.dtype} on ${facts.backend}, orders them.`,
    `The candidates lack ${formatCount(missed)} of ${formatPlural(relevant, 'relevant document')}; these count as missed on both sides.`,
    ...(facts.cut_pairs > 0
      ? [
          `${formatPlural(facts.cut_pairs, 'pair')} of ${formatCount(facts.pairs)} cut to ${facts.max_length} tokens.`,
        ]
      : []),
    ...tied.map(
      ({ measure, ties }) =>
        `Equal scores decide ${measure} of ${formatPlural(ties.questions, 'question')}: ` +
        `${formatValue(ties.worst)} in the worst order, ${formatValue(ties.best)} in the best.`,
    ),
    ...(first === undefined ? [] : [`\n${describeVerdict(first)}`]),
  ];
  return `${lines.map((line) => line.split('\n').map(visibleLine).join('\n')).join('\n')}\n`;
}

/** What can be said, in words. */
export function describeVerdict({ measure, comparison, verdict, queries }: RerankQuality): string {
  const { difference, interval, p, detectable, wins, losses } = comparison;
  const facts = `by ${signed(difference)} (${signed(interval[0])} to ${signed(interval[1])}, p ${formatP(p)})`;
  if (verdict !== 'cannot tell') return `${measure}: reranking ${verdict}, ${facts}.`;
  const count = formatPlural(queries.size, 'question');
  if (wins + losses === 0) return `${measure}: reranking changes nothing on ${count}.`;
  const means = `With ${count} it cannot be told whether reranking helps or hurts`;
  return p < 0.05
    ? `${measure}: ${means}: the order of equal scores decides.`
    : `${measure}: ${means}. It changed ${facts}; a difference of ${detectable.toFixed(3)} would most likely show.`;
}

function formatMeasures(qualities: readonly RerankQuality[]): string {
  const header = [
    '',
    'first stage',
    'reranked',
    'cap',
    'difference',
    '95 % interval',
    'p',
    'better',
    'same',
    'worse',
  ];
  const rows = qualities.map(({ measure, firstStage, reranked, cap, comparison }) => {
    const { difference, interval, p, wins, ties, losses } = comparison;
    return [
      measure,
      ...[firstStage, reranked, cap].map(formatValue),
      signed(difference),
      interval.map(signed).join(' to '),
      formatP(p),
      ...[wins, ties, losses].map(formatCount),
    ];
  });
  return formatColumns([header, ...rows]).trimEnd();
}

/** A line for each question: every measure before and after. */
function formatQueries(qualities: readonly RerankQuality[]): string {
  const [first] = qualities;
  const header = ['query', ...qualities.flatMap(({ measure }) => [measure, 'reranked'])];
  const rows = [...(first?.queries.keys() ?? [])].map((query) => [
    query,
    ...qualities.flatMap(({ queries }) => {
      const values = queries.get(query);
      return [formatValue(values?.firstStage ?? 0), formatValue(values?.reranked ?? 0)];
    }),
  ]);
  return formatColumns([header, ...rows]);
}

/** The report for programs; `measures` and `queries` are those of the reranked order, as `evaluate --run` gives them. */
export function toRerankJson({ qualities, relevant, missed, facts }: RerankReport): string {
  const byMeasure = (value: (quality: RerankQuality) => unknown): Record<string, unknown> =>
    Object.fromEntries(qualities.map((quality) => [quality.measure, value(quality)]));
  const byQuery = (key: 'firstStage' | 'reranked' | 'cap'): Record<string, unknown> =>
    Object.fromEntries(
      [...(qualities[0]?.queries.keys() ?? [])].map((query) => [
        query,
        byMeasure(({ queries }) => queries.get(query)?.[key]),
      ]),
    );
  const value = {
    measures: byMeasure(({ reranked }) => reranked),
    first_stage: { measures: byMeasure(({ firstStage }) => firstStage), queries: byQuery('firstStage') },
    cap: { measures: byMeasure(({ cap }) => cap), queries: byQuery('cap') },
    comparison: byMeasure(({ comparison, verdict, ties }) => ({
      ...comparison,
      verdict,
      equal_scores: ties,
    })),
    relevant_documents: relevant,
    missed_by_first_stage: missed,
    facts,
    queries: byQuery('reranked'),
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** With its sign, always. */
export function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`;
}

/** A p value. */
export function formatP(p: number): string {
  return p.toFixed(4);
}
