import { writeFile } from 'node:fs/promises';
import type { AttributionMethod, Counterfactual } from '../inspection/attribution-types.js';
import type { Inspection } from '../inspection/inspection.js';
import type { Inspector } from '../inspection/inspector.js';
import { describeMethod } from '../pages/report/methods.js';
import { rankByLogit } from '../reranker/scores.js';
import type { InspectOptions } from './commands/inspect.js';
import { OutputError, UsageError } from './exit-codes.js';
import { formatInspections } from './inspection-text.js';
import type { Io } from './io.js';
import { loadInspector } from './load.js';
import { writeOut } from './output.js';
import { Reporter } from './reporter.js';
import { toSnakeCase } from './snake-case.js';
import { visibleLine } from './visible.js';

/** Of a page of 2 MB; the rest is for texts, tables and the script. */
const ATTENTION_BYTES = 1.5e6;
const GRADIENTS: readonly AttributionMethod[] = ['integrated_gradients', 'gradient_x_input'];

/** Looks at a query's documents one after the other, and shows them, the best first: on stdout, or as a page. */
export async function inspectDocuments(
  options: InspectOptions & { readonly query: string },
  io: Io,
): Promise<void> {
  const { query, document: documents, out, format, dtype, attention = out !== undefined } = options;
  const methods = options.method ?? defaultMethods(options);
  const differentiable = methods.some((method) => GRADIENTS.includes(method));
  if (differentiable && dtype !== 'float32') {
    throw new UsageError(`Gradients need --dtype float32, not ${dtype}; or say --method occlusion.`);
  }
  const reporter = new Reporter(io, options.quiet);
  const inspector = await loadInspector(options, io, reporter, { differentiable });
  const found: Inspection[] = [];
  for (const [i, document] of documents.entries()) {
    found.push(
      await inspector.inspect(
        { query, document },
        {
          methods,
          maxAttentionBytes: attention ? Math.floor(ATTENTION_BYTES / documents.length) : 0,
          signal: io.signal,
          onProgress: ({ done, total }) =>
            reporter.status(() => `document ${i + 1} of ${documents.length}: ${done} of ${total} passes`),
        },
      ),
    );
  }
  const inspections = rankByLogit(found.map(({ logit }) => logit)).map((i) => found[i] as Inspection);
  const ranking = {
    inspections,
    counterfactuals: await findCounterfactuals(inspector, inspections, io, reporter),
  };
  reporter.clear();
  if (out !== undefined) {
    const { reportPage } = await import('../pages/report.js');
    await writeHtml(out, reportPage(ranking).html);
    reporter.note(`${out} written: ${methods.map((method) => describeMethod(method).label).join(', ')}`);
  } else if (format === 'json') {
    const answer = toSnakeCase(inspections.length === 1 ? inspections[0] : ranking);
    await writeOut(io, `${JSON.stringify(answer)}\n`);
  } else {
    await writeOut(io, formatInspections(ranking, io));
  }
}

/** What would put each document ahead of the first. */
async function findCounterfactuals(
  inspector: Inspector,
  [first, ...others]: readonly Inspection[],
  io: Io,
  reporter: Reporter,
): Promise<(Counterfactual | null)[]> {
  const found: (Counterfactual | null)[] = [null];
  for (const { pair } of others) {
    const { query, document } = (first as Inspection).pair;
    const counterfactual = await inspector.counterfactual(query, document, pair.document, {
      signal: io.signal,
      onProgress: ({ done }) => reporter.status(() => `what would turn the order: ${done} passes`),
    });
    found.push(counterfactual ?? null);
  }
  return found;
}

/** A terminal gets one view, a page several to switch between. */
function defaultMethods({ out, dtype }: InspectOptions): readonly AttributionMethod[] {
  return out !== undefined && dtype === 'float32' ? ['occlusion', ...GRADIENTS] : ['occlusion'];
}

/** @throws OutputError when the file cannot be written. */
export async function writeHtml(file: string, page: string): Promise<void> {
  await writeFile(file, page).catch((cause: Error) => {
    throw new OutputError(`The page ${visibleLine(file)} cannot be written: ${cause.message}`, { cause });
  });
}
