import { BackendUnavailableError } from '../../errors/errors.js';

/** What TensorFlow.js's WebAssembly build may grow to: 4 GiB less a page. */
const LIMIT = 2 ** 32 - 2 ** 16;

/** What is there before a model: code, stack, TensorFlow.js's own. */
const BASE = 2 ** 25;

/** Every weight is there twice: as TensorFlow.js holds it, and as XNNPACK packs it for its products. */
const COPIES = 2;

/** Rows of `hidden` and of `intermediate` numbers that are alive at the widest place of a layer, for each token. */
const HIDDEN_ROWS = 8;
const INTERMEDIATE_ROWS = 6;

/** What a heap loses between what lies in it. */
const FRAGMENTED = 1.1;

/** What decides how much of its heap a model needs. */
export interface HeapDemand {
  /** Parameters that the backend holds: all but the tables of embeddings. */
  readonly parameters: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  /** Tokens of the largest forward pass, padding counted. */
  readonly tokens: number;
}

/** Bytes of WebAssembly's heap that a model needs, estimated: for 512 tokens 250 MB where mini-en-zh takes 217, 843 where base takes 841. */
function estimateHeapBytes({ parameters, hiddenSize, intermediateSize, tokens }: HeapDemand): number {
  const weights = 4 * COPIES * parameters;
  const activations = 4 * tokens * (HIDDEN_ROWS * hiddenSize + INTERMEDIATE_ROWS * intermediateSize);
  return BASE + Math.round(FRAGMENTED * (weights + activations));
}

/**
 * Says before anything is loaded that a model will not fit: in the middle of it the backend could only fail.
 *
 * @param source the model folder, for the message
 * @throws BackendUnavailableError with what would fit
 */
export function assertFitsHeap(demand: HeapDemand, source: string): void {
  const needed = estimateHeapBytes(demand);
  if (needed <= LIMIT) {
    return;
  }
  const weightsAlone = estimateHeapBytes({ ...demand, tokens: 0 });
  const perToken = estimateHeapBytes({ ...demand, tokens: 1 }) - weightsAlone;
  const room = Math.floor((LIMIT - weightsAlone) / perToken / 64) * 64;
  const wayOut =
    room > 0
      ? `Up to about ${room} tokens fit: lower maxLength and maxBatchTokens, or use the backend "node"`
      : 'Use the backend "node", or a smaller model (its weights are float32 there, whatever the file holds)';
  throw new BackendUnavailableError(
    `${source} does not fit into WebAssembly: it needs about ${gibibytes(needed)} GiB with ${demand.tokens} tokens ` +
      `at once, and a WebAssembly heap has 4. ${wayOut}: \`tfjs-reranker doctor\` says whether it is there.`,
  );
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
