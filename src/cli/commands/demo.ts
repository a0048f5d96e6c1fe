import { DEMO_PASSAGES, DEMO_QUESTIONS } from '../demo-set.js';
import { EXIT } from '../exit-codes.js';
import { cutToWidth } from '../format/display-width.js';
import { formatDuration, formatPlural } from '../format/format.js';
import { formatRanking } from '../format/table.js';
import { visibleLine } from '../format/visible.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { Reporter } from '../io/reporter.js';
import { loadRanker } from '../load.js';
import { type Choose, type Cli, RUN_OPTIONS, type RunOptions } from '../options.js';

/** Number of questions that must find their passage first; with fewer the demo fails. */
const WANTED = 7;
const SHOWN = 3;

const TRY_NEXT = `Try next:
  node dist/cli/main.js rerank --query "capital of France" "Paris is the capital." "Cats purr."
  printf '熊猫吃什么\\t大熊猫主要以竹子为食。\\n' | node dist/cli/main.js score
  node dist/cli/main.js tokenize --query "capital of France" --document "Paris is the capital."
  node dist/cli/main.js verify
  node dist/cli/main.js --help
`;

/** `demo`: a small bilingual set with known answers. */
export function addDemoCommand(cli: Cli, choose: Choose): void {
  cli.command(
    'demo',
    'Rank a small Chinese and English set with known answers',
    (command) =>
      command
        .options(RUN_OPTIONS)
        .example('$0 demo', '')
        .epilogue(
          `Exit code 1 if fewer than ${WANTED} of ${DEMO_QUESTIONS.length} questions find their passage first.`,
        ),
    (options) => choose(options, (io) => demo(options, io)),
  );
}

/** Ranks question by question, so that a reader can follow. */
async function demo(options: RunOptions, io: Io): Promise<number> {
  const reporter = new Reporter(io, options.quiet);
  const reranker = await loadRanker(options, io, reporter);
  await writeOut(
    io,
    `${DEMO_QUESTIONS.length} questions, each against ${DEMO_PASSAGES.length} passages in English and Chinese:\n`,
  );
  const startedAt = performance.now();
  let right = 0;
  for (const { query, kind, expected } of DEMO_QUESTIONS) {
    const ranking = await reranker.rank(query, DEMO_PASSAGES, {
      signal: io.signal,
      onProgress: ({ pairs, totalPairs }) => reporter.status(() => `${query}  ${pairs} of ${totalPairs}`),
    });
    const isRight = ranking[0]?.document?.id === expected;
    right += isRight ? 1 : 0;
    const wanted = DEMO_PASSAGES.find(({ id }) => id === expected)?.text ?? expected;
    const verdict = isRight ? '✓ right' : '✗ wrong';
    const missed = isRight ? '' : `${cutToWidth(`      expected: ${visibleLine(wanted)}`, io.columns)}\n`;
    reporter.clear();
    await writeOut(
      io,
      `\n[${kind}] ${query}   ${verdict}\n${formatRanking(ranking.slice(0, SHOWN), io)}${missed}`,
    );
  }
  const ms = performance.now() - startedAt;
  const pairs = DEMO_QUESTIONS.length * DEMO_PASSAGES.length;
  await writeOut(
    io,
    `\n${right} of ${DEMO_QUESTIONS.length} right. ${formatPlural(pairs, 'pair')} in ${formatDuration(ms)}, ` +
      `${((pairs / ms) * 1000).toFixed(1)} pairs per second on ${reranker.info.backend.name}.\n\n${TRY_NEXT}`,
  );
  return right < WANTED ? EXIT.bug : EXIT.ok;
}
