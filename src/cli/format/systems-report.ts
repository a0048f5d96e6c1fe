import type { RerankQuality, Verdict } from '../../evaluation/rerank-quality.js';
import type { ModelFacts, TaskFacts } from '../evaluation/facts.js';
import { formatColumns, formatValue } from './evaluation-report.js';
import { formatCount, formatPlural } from './format.js';
import { formatP, signed } from './rerank-report.js';
import { visibleLine } from './visible.js';

/** A system beside the first one. */
export interface ComparedSystem {
  readonly name: string;
  readonly facts: ModelFacts;
  /** By measure, with the first system in the place of the first stage. */
  readonly qualities: readonly RerankQuality[];
  /** Of the first measure, corrected for the number of systems. */
  readonly p: number;
  /** About the first measure. */
  readonly verdict: Verdict;
  /** How many times as fast as the first system. */
  readonly speed: number;
}

const WORDS: Readonly<Record<Verdict, string>> = {
  helps: 'better',
  hurts: 'worse',
  'cannot tell': 'no difference can be told',
};

/** Quality beside speed for people: a line for each system, then a sentence. */
export function formatSystems(
  systems: readonly ComparedSystem[],
  { questions, first_stage, reranked }: TaskFacts,
): string {
  const measures = systems[0]?.qualities.map(({ measure }) => measure) ?? [];
  const rows = systems.map(({ name, facts, qualities, speed }) => [
    name,
    ...[facts.model, facts.dtype, facts.backend, String(facts.max_length)],
    ...qualities.map((quality) => formatValue(quality.reranked)),
    speed.toFixed(2),
  ]);
  const table = formatColumns([['', 'model', 'dtype', 'backend', 'tokens', ...measures, 'speed'], ...rows]);
  const sentences = systems.slice(1).map((system) => `${visibleLine(describe(system, questions))}\n`);
  const source = `${formatPlural(questions, 'question')}, each with the first ${reranked} documents of ${visibleLine(first_stage)}.\n`;
  return `${table}\n${source}${sentences.join('')}`;
}

/** `int8: 3 of 50 questions change, nDCG@10 -0.0004 (-0.0020 to +0.0010, p 0.5000), 1.9 times as fast; ...` */
function describe({ name, qualities, p, verdict, speed }: ComparedSystem, questions: number): string {
  const [main] = qualities;
  if (main === undefined) return name;
  const { difference, interval, wins, losses } = main.comparison;
  return (
    `${name}: ${formatCount(wins + losses)} of ${formatPlural(questions, 'question')} change, ${main.measure} ` +
    `${signed(difference)} (${interval.map(signed).join(' to ')}, p ${formatP(p)}), ` +
    `${speed.toFixed(1)} times as fast; ${WORDS[verdict]}.`
  );
}

/** The same for programs. */
export function toSystemsJson(systems: readonly ComparedSystem[], facts: TaskFacts): string {
  const value = {
    facts,
    systems: systems.map(({ name, facts: ofModel, qualities, p, verdict, speed }) => ({
      name,
      ...{ facts: ofModel, p, verdict, speed },
      measures: Object.fromEntries(qualities.map((quality) => [quality.measure, quality.reranked])),
      comparison: Object.fromEntries(qualities.map(({ measure, comparison }) => [measure, comparison])),
      queries: Object.fromEntries(
        [...(qualities[0]?.queries.keys() ?? [])].map((query) => [
          query,
          Object.fromEntries(
            qualities.map(({ measure, queries }) => [measure, queries.get(query)?.reranked]),
          ),
        ]),
      ),
    })),
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
