import { answerCalls } from '../calls/calls.js';
import { lineToParent } from '../calls/child-process.js';
import { OpenModel } from '../engine/open-model.js';
import type { TextPair } from '../engine/scorer.js';
import { InternalError } from '../errors/errors.js';
import { capture } from '../inspection/trace/capture.js';
import { listActivations } from '../model/activations.js';
import type { CapturedPair, ComparedSetup, OpenCall } from './compare-process.js';

/** Of every layer what it hands on, and all of the head. */
const COMPARED = /^embeddings\.LayerNorm$|\.\d+\.output\.LayerNorm$|^classifier\./;

/** The entry of a child process: one model on one backend, whose activations it tells. */
function serve(): void {
  let model: OpenModel | undefined;
  process.on('SIGINT', () => {}); // of a terminal, which sends it to the whole group: the parent answers it
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  answerCalls(lineToParent(), {
    open: async ({ model: folder, options }: OpenCall): Promise<ComparedSetup> => {
      model = await OpenModel.load(folder, options);
      const names = listActivations(model.config).map(({ name }) => name);
      return { info: model.info, names: names.filter((name) => COMPARED.test(name)) };
    },
    capture: async (pair: TextPair): Promise<CapturedPair> => {
      if (model === undefined) {
        throw new InternalError('The process has no model yet.');
      }
      const names = listActivations(model.config).map(({ name }) => name);
      const [encoded] = model.encode([pair]);
      const { logits, activations } = await capture(
        model,
        [encoded?.inputIds ?? []],
        new Set(names.filter((name) => COMPARED.test(name))),
      );
      return {
        tokens: encoded?.inputIds.length ?? 0,
        logits: Array.from(logits),
        activations: [...activations.values()].map(({ data }) => data),
      };
    },
  });
}

serve();
