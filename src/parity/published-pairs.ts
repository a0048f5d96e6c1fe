/** A pair that others scored, with what they published. */
export type PublishedPair = {
  readonly query: string;
  readonly document: string;
  /** Token ids of the pair, by Python's tokenizers over the 250,002 pieces that all three models share. */
  readonly inputIds: readonly number[];
  /** What their model computed in. */
  readonly precision: string;
  /** How far from it the same weights may be: float16 alone moves a logit by 4e-3 near 8. */
  readonly tolerance: number;
  readonly source: string;
} & ({ readonly logit: number } | { /** sigmoid(logit) */ readonly score: number });

/** A model that numbers are published of, and the sizes that it is known by. */
export interface PublishedModel {
  /** On the hub. */
  readonly name: string;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly maxSequenceLength: number;
  readonly pairs: readonly PublishedPair[];
}

/**
 * Facts from public sources, each named. Left out: candle's 0.9990 for the giant panda on base (float32 gives 0.9979), an
 * older pair of fastembed that comes from another file, and everything computed in int8 or GGUF.
 */
export const PUBLISHED_MODELS: readonly PublishedModel[] = [
  {
    name: 'BAAI/bge-reranker-base',
    hiddenSize: 768,
    numHiddenLayers: 12,
    maxSequenceLength: 512,
    pairs: [
      {
        query: 'query',
        document: 'passage',
        inputIds: [0, 41, 1294, 2, 2, 46692, 2],
        logit: 0.4474879801273346,
        precision: 'float32',
        tolerance: 0.0001,
        source: 'FlagOpen/FlagEmbedding issue 108',
      },
      {
        query: 'what is panda?',
        document: 'hi',
        inputIds: [0, 2367, 83, 6, 85407, 32, 2, 2, 1274, 2],
        logit: -8.15439224243164,
        precision: 'float32',
        tolerance: 0.0001,
        source: 'FlagOpen/FlagEmbedding issue 108',
      },
      {
        query: 'what is panda?',
        document:
          'The giant panda (Ailuropoda melanoleuca), sometimes called a panda bear or simply panda, is a bear species endemic to China.',
        inputIds: [
          0, 2367, 83, 6, 85407, 32, 2, 2, 581, 6051, 18, 6, 85407, 15, 284, 12175, 28437, 19165, 54159,
          16836, 29808, 247, 68018, 35839, 10, 6, 85407, 81148, 707, 42856, 6, 85407, 4, 83, 10, 81148,
          114149, 28117, 21068, 47, 9098, 5, 2,
        ],
        logit: 6.182111740112305,
        precision: 'float32',
        tolerance: 0.0001,
        source: 'FlagOpen/FlagEmbedding issue 108',
      },
      {
        query: 'What is the capital of France?',
        document: 'Paris is the capital of France.',
        inputIds: [0, 4865, 83, 70, 10323, 111, 9942, 32, 2, 2, 7270, 83, 70, 10323, 111, 9942, 5, 2],
        logit: 6.15733337,
        precision: 'float32',
        tolerance: 0.001,
        source: 'qdrant/fastembed tests/test_text_cross_encoder.py (ONNX float32)',
      },
      {
        query: 'What is the capital of France?',
        document: 'Berlin is the capital of Germany.',
        inputIds: [0, 4865, 83, 70, 10323, 111, 9942, 32, 2, 2, 10271, 83, 70, 10323, 111, 102126, 5, 2],
        logit: -3.65939403,
        precision: 'float32',
        tolerance: 0.001,
        source: 'qdrant/fastembed tests/test_text_cross_encoder.py (ONNX float32)',
      },
      {
        query: 'test',
        document: 'test',
        inputIds: [0, 3034, 2, 2, 3034, 2],
        score: 0.9997739,
        precision: 'float32',
        tolerance: 0.004,
        source:
          'huggingface/text-embeddings-inference router/tests/snapshots/test_http_rerank__ranks.snap at 00a17ea (revision refs/pr/5)',
      },
      {
        query: 'test',
        document: 'other',
        inputIds: [0, 3034, 2, 2, 3789, 2],
        score: 0.3638598,
        precision: 'float32',
        tolerance: 0.004,
        source:
          'huggingface/text-embeddings-inference router/tests/snapshots/test_http_rerank__ranks.snap at 00a17ea (revision refs/pr/5)',
      },
    ],
  },
  {
    name: 'BAAI/bge-reranker-large',
    hiddenSize: 1024,
    numHiddenLayers: 24,
    maxSequenceLength: 512,
    pairs: [
      {
        query: 'query',
        document: 'passage',
        inputIds: [0, 41, 1294, 2, 2, 46692, 2],
        logit: -1.5263671875,
        precision: 'float16',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding examples/inference/reranker/README.md',
      },
      {
        query: 'what is panda?',
        document: 'hi',
        inputIds: [0, 2367, 83, 6, 85407, 32, 2, 2, 1274, 2],
        logit: -5.60546875,
        precision: 'float16',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding examples/inference/reranker/README.md',
      },
      {
        query: 'what is panda?',
        document:
          'The giant panda (Ailuropoda melanoleuca), sometimes called a panda bear or simply panda, is a bear species endemic to China.',
        inputIds: [
          0, 2367, 83, 6, 85407, 32, 2, 2, 581, 6051, 18, 6, 85407, 15, 284, 12175, 28437, 19165, 54159,
          16836, 29808, 247, 68018, 35839, 10, 6, 85407, 81148, 707, 42856, 6, 85407, 4, 83, 10, 81148,
          114149, 28117, 21068, 47, 9098, 5, 2,
        ],
        logit: 5.76171875,
        precision: 'float16',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding examples/inference/reranker/README.md',
      },
      {
        query: 'what is panda?',
        document: 'Today is a sunny day',
        inputIds: [0, 2367, 83, 6, 85407, 32, 2, 2, 38396, 83, 10, 4262, 299, 5155, 2],
        logit: -9.474676132202148,
        precision: 'float32 (asked for float16, digits are float32)',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding Tutorials/5_Reranking/5.1_Intro.ipynb',
      },
      {
        query: 'what is panda?',
        document:
          'The tiger (Panthera tigris) is a member of the genus Panthera and the largest living cat species native to Asia.',
        inputIds: [
          0, 2367, 83, 6, 85407, 32, 2, 2, 581, 6, 102577, 15, 55956, 9319, 11, 6, 9348, 3679, 16, 83, 10,
          32786, 111, 70, 107396, 4378, 9319, 11, 136, 70, 142105, 38043, 7515, 114149, 24, 4935, 47, 14237,
          5, 2,
        ],
        logit: -2.823843240737915,
        precision: 'float32 (asked for float16, digits are float32)',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding Tutorials/5_Reranking/5.1_Intro.ipynb',
      },
      {
        query: 'what is panda?',
        document:
          'The giant panda (Ailuropoda melanoleuca), sometimes called a panda bear or simply panda, is a bear species endemic to China.',
        inputIds: [
          0, 2367, 83, 6, 85407, 32, 2, 2, 581, 6051, 18, 6, 85407, 15, 284, 12175, 28437, 19165, 54159,
          16836, 29808, 247, 68018, 35839, 10, 6, 85407, 81148, 707, 42856, 6, 85407, 4, 83, 10, 81148,
          114149, 28117, 21068, 47, 9098, 5, 2,
        ],
        logit: 5.76226806640625,
        precision: 'float32 (asked for float16, digits are float32)',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding Tutorials/5_Reranking/5.1_Intro.ipynb',
      },
      {
        query: 'What is the capital of France?',
        document: 'Paris is the capital of France.',
        inputIds: [0, 4865, 83, 70, 10323, 111, 9942, 32, 2, 2, 7270, 83, 70, 10323, 111, 9942, 5, 2],
        logit: 7.984375,
        precision: 'float16',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding Tutorials/5_Reranking/5.2_BGE_Reranker.ipynb',
      },
      {
        query: 'What is the capital of France?',
        document: 'The population of China is over 1.4 billion people.',
        inputIds: [
          0, 4865, 83, 70, 10323, 111, 9942, 32, 2, 2, 581, 43904, 111, 9098, 83, 645, 48733, 96090, 3395, 5,
          2,
        ],
        logit: -6.84375,
        precision: 'float16',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding Tutorials/5_Reranking/5.2_BGE_Reranker.ipynb',
      },
      {
        query: 'What is the population of China?',
        document: 'Paris is the capital of France.',
        inputIds: [0, 4865, 83, 70, 43904, 111, 9098, 32, 2, 2, 7270, 83, 70, 10323, 111, 9942, 5, 2],
        logit: -7.15234375,
        precision: 'float16',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding Tutorials/5_Reranking/5.2_BGE_Reranker.ipynb',
      },
      {
        query: 'What is the population of China?',
        document: 'The population of China is over 1.4 billion people.',
        inputIds: [
          0, 4865, 83, 70, 43904, 111, 9098, 32, 2, 2, 581, 43904, 111, 9098, 83, 645, 48733, 96090, 3395, 5,
          2,
        ],
        logit: 5.44921875,
        precision: 'float16',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding Tutorials/5_Reranking/5.2_BGE_Reranker.ipynb',
      },
    ],
  },
  {
    name: 'BAAI/bge-reranker-v2-m3',
    hiddenSize: 1024,
    numHiddenLayers: 24,
    maxSequenceLength: 8192,
    pairs: [
      {
        query: 'query',
        document: 'passage',
        inputIds: [0, 41, 1294, 2, 2, 46692, 2],
        logit: -5.65234375,
        precision: 'float16',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding examples/inference/reranker/README.md',
      },
      {
        query: 'what is panda?',
        document: 'hi',
        inputIds: [0, 2367, 83, 6, 85407, 32, 2, 2, 1274, 2],
        logit: -8.1875,
        precision: 'float16',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding examples/inference/reranker/README.md',
      },
      {
        query: 'what is panda?',
        document:
          'The giant panda (Ailuropoda melanoleuca), sometimes called a panda bear or simply panda, is a bear species endemic to China.',
        inputIds: [
          0, 2367, 83, 6, 85407, 32, 2, 2, 581, 6051, 18, 6, 85407, 15, 284, 12175, 28437, 19165, 54159,
          16836, 29808, 247, 68018, 35839, 10, 6, 85407, 81148, 707, 42856, 6, 85407, 4, 83, 10, 81148,
          114149, 28117, 21068, 47, 9098, 5, 2,
        ],
        logit: 5.26171875,
        precision: 'float16',
        tolerance: 0.02,
        source: 'FlagOpen/FlagEmbedding examples/inference/reranker/README.md',
      },
      {
        query: 'A red apple',
        document: 'A llama in the garden',
        inputIds: [0, 62, 4842, 108787, 2, 2, 62, 67140, 23, 70, 80583, 2],
        logit: -8.7265625,
        precision: 'float16',
        tolerance: 0.02,
        source: 'ggml-org/llama.cpp issue 9510 (FlagEmbedding output)',
      },
      {
        query: 'A red apple',
        document: 'I want some fruit',
        inputIds: [0, 62, 4842, 108787, 2, 2, 87, 3444, 3060, 41896, 2],
        logit: -0.10467529296875,
        precision: 'float16',
        tolerance: 0.02,
        source: 'ggml-org/llama.cpp issue 9510 (FlagEmbedding output)',
      },
      {
        query: 'What is the capital of France?',
        document: 'The capital of Brazil is Brasilia.',
        inputIds: [0, 4865, 83, 70, 10323, 111, 9942, 32, 2, 2, 581, 10323, 111, 30089, 83, 8233, 399, 5, 2],
        score: 0.001094818115234375,
        precision: 'float16',
        tolerance: 0.0001,
        source: 'vLLM documentation, score page',
      },
    ],
  },
];
