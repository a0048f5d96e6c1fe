import { toSnakeCase } from '../../encoding/snake-case.js';
import { InputError } from '../../errors/errors.js';
import { writeWhole } from '../../files/write-whole.js';
import type { AttributionMethod } from '../../inspection/attribution/attribution-types.js';
import { describeMethod } from '../../inspection/report/methods.js';
import { UsageError } from '../exit-codes.js';
import { formatInspections } from '../format/inspection-text.js';
import type { Io } from '../io/io.js';
import { writeOut } from '../io/output.js';
import { gatherDocuments, type QueryDocuments } from '../io/query-documents.js';
import { Reporter } from '../io/reporter.js';
import { loadInspector } from '../load.js';
import type { RunOptions } from '../options.js';

/** Options of `inspect`, in addition to the common ones. */
export interface InspectOptions extends RunOptions, QueryDocuments {
  readonly dataset: string | undefined;
  readonly out: string | undefined;
  readonly method: readonly AttributionMethod[] | undefined;
  readonly attention: boolean | undefined;
  readonly format: 'text' | 'json';
  readonly compare: string | undefined;
}

/** Attention's part of a page of 2 MB; the rest is for texts, tables and the script. */
const ATTENTION_BYTES = 1.5e6;
const GRADIENTS: readonly AttributionMethod[] = ['integrated_gradients', 'gradient_x_input'];

/** Inspects a query's documents one after the other and shows them, the best first, on stdout or as a page. */
export async function inspectDocuments(
  options: InspectOptions & { readonly query: string },
  io: Io,
): Promise<void> {
  const { query, out, format, dtype, attention = out !== undefined } = options;
  const documents = (await gatherDocuments(options, io)).map((document) =>
    typeof document === 'string' ? document : document.text,
  );
  if (documents.length === 0) {
    throw new InputError(`${options.documents} has no documents.`);
  }
  const methods = options.method ?? defaultMethods(options);
  const differentiable = methods.some((method) => GRADIENTS.includes(method));
  if (differentiable && dtype !== 'float32') {
    throw new UsageError(`Gradients need --dtype float32, not ${dtype}; or use --method occlusion.`);
  }
  const reporter = new Reporter(io, options.quiet);
  const inspector = await loadInspector(options, io, reporter, { differentiable });
  const ranking = await inspector.inspectRanking(query, documents, {
    methods,
    maxAttentionBytes: attention ? ATTENTION_BYTES : 0,
    signal: io.signal,
    onStep: ({ step, document, done, total }) =>
      reporter.status(() =>
        step === 'inspection'
          ? `document ${document + 1} of ${documents.length}: ${done} of ${total} passes`
          : `what would put document ${document + 1} first: ${done} passes`,
      ),
  });
  const { inspections } = ranking;
  reporter.clear();
  if (out !== undefined) {
    const { reportPage } = await import('../../inspection/report/report-page.js');
    await writeWhole(out, reportPage(ranking).html);
    reporter.note(`${out} written: ${methods.map((method) => describeMethod(method).label).join(', ')}`);
  } else if (format === 'json') {
    const answer = toSnakeCase(inspections.length === 1 ? inspections[0] : ranking);
    await writeOut(io, `${JSON.stringify(answer)}\n`);
  } else {
    await writeOut(io, formatInspections(ranking, io));
  }
}

/** One method for a terminal, several for a page with a switch. */
function defaultMethods({ out, dtype }: InspectOptions): readonly AttributionMethod[] {
  return out !== undefined && dtype === 'float32' ? ['occlusion', ...GRADIENTS] : ['occlusion'];
}
