import { capture } from '../inspection/trace/capture.js';
import type { ActivationName } from '../model/activations.js';
import { answerAsModel } from '../process/answer-as-model.js';
import { connectToParent } from '../process/child-process.js';
import type { CaptureCall, CapturedPair } from './compare-setups.js';

// The entry of a child process that computes batches and also reports activations.
answerAsModel(connectToParent(), (loaded) => ({
  capture: async ({ inputIds, names }: CaptureCall): Promise<CapturedPair> => {
    const { logits, activations } = await capture(loaded().model, [inputIds], new Set<ActivationName>(names));
    return {
      logits: Array.from(logits),
      activations: names.map((name) => activations.get(name)?.data ?? new Float32Array()),
    };
  },
}));
