import { BackendUnavailableError } from '../../errors/errors.js';

/** Size to which TensorFlow.js's WebAssembly heap can grow: 4 GiB less a page. */
const LIMIT = 2 ** 32 - 2 ** 16;

/** Used before a model is loaded: code, stack, TensorFlow.js itself. */
const BASE = 2 ** 25;

/** The most that a weight is held: for XNNPACK plain and packed, for gradients packed and transposed. Otherwise once. */
const COPIES = 2;

/** Rows of `hidden` and of `intermediate` numbers alive for each token at the widest place of a layer. */
const HIDDEN_ROWS = 8;
const INTERMEDIATE_ROWS = 6;

/** Share of a heap that is lost between its allocations. */
const FRAGMENTED = 1.1;

/** The quantities that decide how much of the heap a model needs. */
export interface HeapDemand {
  /** Parameters that the backend holds: all except the embedding tables. */
  readonly parameters: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  /** Tokens of the largest forward pass, padding counted. */
  readonly tokens: number;
}

/** Estimated bytes of the WebAssembly heap that a model needs. For 512 tokens: 250 MB (mini-en-zh takes 217), 843 MB (base takes 841). */
function estimateHeapBytes({ parameters, hiddenSize, intermediateSize, tokens }: HeapDemand): number {
  const weights = 4 * COPIES * parameters;
  const activations = 4 * tokens * (HIDDEN_ROWS * hiddenSize + INTERMEDIATE_ROWS * intermediateSize);
  return BASE + Math.round(FRAGMENTED * (weights + activations));
}

/**
 * Checks before loading that a model fits, because the backend could only fail in the middle of it.
 *
 * @param source the model folder, for the message
 * @throws BackendUnavailableError that says what would fit
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
