const query = 'What is the capital of France?';
const documents = ['Paris is the capital of France.', 'Bananas are yellow.'];

/** An example request for each dialect, by its name, and one for `/tokenize`; the OpenAPI document shows them. */
export const REQUEST_EXAMPLES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'cohere-v1': { query, documents, top_n: 1, return_documents: true },
  'cohere-v2': { query, documents, top_n: 1 },
  jina: { query, documents: documents.map((text, i) => ({ id: `doc-${i}`, text })), top_n: 1 },
  tei: { query, texts: documents, raw_scores: true, return_text: true },
  voyage: { query, documents, top_k: 1 },
  'vllm-score': { text_1: query, text_2: documents },
  inspect: { query, documents: documents.slice(0, 1) },
  tokenize: { inputs: [query] },
};
