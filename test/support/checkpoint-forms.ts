import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodeBfloat16, encodeFloat16 } from '../../dist/weights/format/half-float.js';
import { type HostTensor, ROOT, readTensors, TINY, type TINY_5_LABELS } from './fixtures.js';
import { entry, fileOf } from './safetensors-file.js';
import { sentencePieceFile } from './sentencepiece-file.js';

/** A tensor as it stands in a file. */
export interface Stored {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The files of a model, before they are written. */
export interface Draft {
  readonly config: Record<string, unknown>;
  tensors: Map<string, Stored>;
  /** Files of weights; one is without an index. */
  shards: number;
  /** All other files. */
  readonly files: Map<string, string | Uint8Array>;
}

/** A form that checkpoints have: the tiny random model, changed. */
export interface CheckpointForm {
  readonly name: string;
  readonly change: (draft: Draft) => void;
  /** Whether every number is equal, to the bit, to that of the unchanged form. */
  readonly same: boolean;
  readonly labels?: readonly string[];
  readonly warning?: RegExp;
}

type Encode = (values: Float32Array) => ArrayBufferView;

const ENCODERS: Readonly<Record<string, Encode>> = {
  F32: (values) => values,
  F16: encodeFloat16,
  BF16: encodeBfloat16,
  F64: (values) => Float64Array.from(values),
};

/** A tensor in one dtype or another; whole numbers as they are. */
export function stored(shape: readonly number[], values: ArrayLike<number>, dtype = 'F32'): Stored {
  const { buffer, byteOffset, byteLength } = (ENCODERS[dtype] as Encode)(Float32Array.from(values));
  return { dtype, shape, bytes: new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength) };
}

function filled(...shape: number[]): Stored {
  const count = shape.reduce((product, size) => product * size, 1);
  return stored(
    shape,
    Float32Array.from({ length: count }, (_, i) => Math.sin(i)),
  );
}

function integers(count: number): Stored {
  const ids = BigInt64Array.from({ length: count }, (_, i) => BigInt(i));
  return { dtype: 'I64', shape: [1, count], bytes: new Uint8Array(ids.buffer) };
}

function valuesOf({ bytes }: Stored): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** Other names; every tensor keeps its values. */
export function rename(draft: Draft, to: (name: string, index: number) => string): void {
  draft.tensors = new Map(Array.from(draft.tensors, ([name, tensor], i) => [to(name, i), tensor]));
}

const bare = (name: string): string => name.replace(/^roberta\./, '');
const old = (name: string): string =>
  name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta');

function store(draft: Draft, dtypeOf: (index: number) => string): void {
  draft.tensors = new Map(
    Array.from(draft.tensors, ([name, tensor], i) => [
      name,
      stored(tensor.shape, valuesOf(tensor), dtypeOf(i)),
    ]),
  );
}

function add(draft: Draft, tensors: Readonly<Record<string, Stored>>): void {
  draft.tensors = new Map([...draft.tensors, ...Object.entries(tensors)]);
}

function buffersAndPooler(prefix: string): Readonly<Record<string, Stored>> {
  return {
    [`${prefix}embeddings.position_ids`]: integers(41),
    [`${prefix}embeddings.token_type_ids`]: integers(41),
    [`${prefix}pooler.dense.weight`]: filled(24, 24),
    [`${prefix}pooler.dense.bias`]: filled(24),
  };
}

const MASKED_LM = {
  'lm_head.bias': filled(97),
  'lm_head.dense.weight': filled(24, 24),
  'lm_head.dense.bias': filled(24),
  'lm_head.layer_norm.weight': filled(24),
  'lm_head.layer_norm.bias': filled(24),
};

/** A head with more labels: the first rows of a matrix of the other fixture. */
function labels(draft: Draft, id2label: Readonly<Record<string, unknown>>): void {
  const count = Object.keys(id2label).length;
  add(draft, {
    'classifier.out_proj.weight': filled(count, 24),
    'classifier.out_proj.bias': filled(count),
  });
  draft.config.id2label = id2label;
  draft.config.label2id = Object.fromEntries(
    Object.entries(id2label).map(([id, label]) => [label, Number(id)]),
  );
}

function without(draft: Draft, ...fields: readonly string[]): void {
  for (const field of fields) delete draft.config[field];
}

/** Files that `convert` and others write beside tokenizer.json. */
function tokenizerConfig(draft: Draft, settings: object): void {
  draft.files.set('tokenizer_config.json', JSON.stringify(settings));
}

/** The same pieces as SentencePiece writes them; `<mask>` has the last id. */
function sentencePieceOnly({ files }: Draft): void {
  const { model, normalizer } = JSON.parse(files.get('tokenizer.json') as string) as {
    readonly model: { readonly vocab: readonly (readonly [string, number])[] };
    readonly normalizer: {
      readonly precompiled_charsmap?: string;
      readonly normalizers?: readonly { readonly precompiled_charsmap: string }[];
    };
  };
  const charsmap = normalizer.precompiled_charsmap ?? normalizer.normalizers?.[0]?.precompiled_charsmap ?? '';
  files.delete('tokenizer.json');
  files.set(
    'sentencepiece.bpe.model',
    sentencePieceFile({ pieces: model.vocab.slice(4, -1), charsmap: Buffer.from(charsmap, 'base64') }),
  );
}

const UNUSED = /does not use: /;

const SINGLE_FORMS: readonly CheckpointForm[] = [
  { name: 'plain', same: true, change: () => {} },
  { name: 'no prefix', same: true, change: (draft) => rename(draft, bare) },
  {
    name: 'a prefix here and there',
    same: true,
    change: (draft) => rename(draft, (name, i) => (i % 2 === 0 ? bare(name) : name)),
  },
  { name: 'LayerNorm.gamma and beta', same: true, change: (draft) => rename(draft, old) },
  {
    name: 'gamma, beta and no prefix',
    same: true,
    change: (draft) => rename(draft, (name) => bare(old(name))),
  },
  {
    name: 'tensors in another order',
    same: true,
    change: (draft) => {
      draft.tensors = new Map([...draft.tensors].reverse());
    },
  },
  { name: 'F64', same: true, change: (draft) => store(draft, () => 'F64') },
  { name: 'F16', same: false, change: (draft) => store(draft, () => 'F16') },
  { name: 'BF16', same: false, change: (draft) => store(draft, () => 'BF16') },
  {
    name: 'four dtypes',
    same: false,
    change: (draft) => store(draft, (i) => ['F32', 'F16', 'BF16', 'F64'][i % 4] as string),
  },
  {
    name: 'three shards',
    same: true,
    change: (draft) => {
      draft.shards = 3;
    },
  },
  {
    name: 'shards, F64, no prefix',
    same: true,
    change: (draft) => {
      draft.shards = 2;
      store(draft, () => 'F64');
      rename(draft, bare);
    },
  },
  {
    name: 'buffers and a pooler',
    same: true,
    change: (draft) => add(draft, buffersAndPooler('roberta.')),
  },
  {
    name: 'buffers and a pooler, no prefix',
    same: true,
    change: (draft) => {
      rename(draft, bare);
      add(draft, buffersAndPooler(''));
    },
  },
  { name: 'lm_head', same: true, warning: UNUSED, change: (draft) => add(draft, MASKED_LM) },
  {
    name: 'lm_head, no prefix',
    same: true,
    warning: UNUSED,
    change: (draft) => {
      rename(draft, bare);
      add(draft, MASKED_LM);
    },
  },
  {
    name: 'a layer that config.json does not count',
    same: true,
    warning: /"roberta\.encoder\.layer\.2\./,
    change: (draft) =>
      add(
        draft,
        Object.fromEntries(
          [...draft.tensors].map(([name, tensor]) => [name.replace('layer.1.', 'layer.2.'), tensor]),
        ),
      ),
  },
  {
    name: 'three labels',
    same: false,
    labels: ['no', 'maybe', 'yes'],
    change: (draft) => labels(draft, { 0: 'no', 1: 'maybe', 2: 'yes' }),
  },
  {
    name: 'labels that are integers',
    same: false,
    labels: ['1', '2', '3'],
    change: (draft) => labels(draft, { 0: 1, 1: 2, 2: 3 }),
  },
  {
    name: 'a label twice',
    same: false,
    labels: ['yes_0', 'no', 'yes_2'],
    change: (draft) => labels(draft, { 0: 'yes', 1: 'no', 2: 'yes' }),
  },
  { name: 'one label that is an integer', same: true, labels: ['0'], change: (draft) => label0(draft, 0) },
  {
    name: 'num_labels alone',
    same: true,
    change: (draft) => {
      without(draft, 'id2label', 'label2id');
      draft.config.num_labels = 1;
    },
  },
  { name: 'no architectures', same: true, change: (draft) => without(draft, 'architectures') },
  { name: 'no layer_norm_eps', same: false, change: (draft) => without(draft, 'layer_norm_eps') },
  { name: 'no pad_token_id', same: true, change: (draft) => without(draft, 'pad_token_id') },
  {
    name: 'no type_vocab_size',
    same: true,
    change: (draft) => {
      without(draft, 'type_vocab_size');
      const name = 'roberta.embeddings.token_type_embeddings.weight';
      const row = valuesOf(draft.tensors.get(name) as Stored);
      add(draft, { [name]: stored([2, 24], [...row, ...row.map((value) => -value)]) });
    },
  },
  {
    name: 'gelu_python',
    same: true,
    change: ({ config }) => {
      config.hidden_act = 'gelu_python';
    },
  },
  {
    name: 'code of its own beside model_type',
    same: true,
    change: ({ config }) => {
      config.auto_map = { AutoModelForSequenceClassification: 'modeling.Other' };
    },
  },
  // Its tokens' places are others: transformers divides such texts at blanks.
  { name: 'sentencepiece.bpe.model alone', same: false, change: sentencePieceOnly },
  {
    name: 'cut at the beginning',
    same: false,
    change: (draft) => tokenizerConfig(draft, { model_max_length: 10, truncation_side: 'left' }),
  },
  {
    name: 'cut at the end',
    same: false,
    change: (draft) => tokenizerConfig(draft, { model_max_length: 10, truncation_side: 'right' }),
  },
];

/** Combined changes, for tests that can only use a few models. */
export const TOGETHER: CheckpointForm = {
  name: 'all at once',
  same: true,
  labels: ['0'],
  warning: UNUSED,
  change: (draft) => {
    const together = [
      ...[
        'no type_vocab_size',
        'a layer that config.json does not count',
        'F64',
        'gamma, beta and no prefix',
      ],
      ...['buffers and a pooler, no prefix', 'lm_head', 'three shards', 'one label that is an integer'],
      ...['no architectures', 'no pad_token_id', 'gelu_python', 'code of its own beside model_type'],
    ];
    for (const name of together) SINGLE_FORMS.find((form) => form.name === name)?.change(draft);
  },
};

/** Every form that is loaded. The first is as transformers writes it today. */
export const FORMS: readonly CheckpointForm[] = [...SINGLE_FORMS, TOGETHER];

function label0(draft: Draft, label: unknown): void {
  draft.config.id2label = { 0: label };
}

/** The pairs that every form is tested with. */
export const PAIRS = [
  { query: 'a cat', document: 'it is a cat' },
  { query: 'a', document: 'in the on' },
  { query: '', document: 'b' },
] as const;

/** The unchanged model with a tokenizer that has the embedded model's first pieces, letters and short words. */
export async function plainDraft(fixture: typeof TINY | typeof TINY_5_LABELS = TINY): Promise<Draft> {
  const read = (file: string): string => readFileSync(file, 'utf8');
  const tokenizer = JSON.parse(read(path.join(ROOT, 'weights/mini-en-zh/tokenizer.json'))) as {
    readonly added_tokens: readonly { readonly id: number }[];
    readonly model: { readonly vocab: readonly unknown[] };
  };
  const config = JSON.parse(read(path.join(fixture, 'config.json'))) as Record<string, unknown>;
  const pieces = config.vocab_size as number;
  const small = {
    ...tokenizer,
    added_tokens: tokenizer.added_tokens.filter(({ id }) => id < pieces),
    model: { ...tokenizer.model, vocab: tokenizer.model.vocab.slice(0, pieces) },
  };
  const tensors = await readTensors(path.join(fixture, 'model.safetensors'));
  return {
    config,
    tensors: new Map(
      Array.from(tensors, ([name, { shape, values }]: [string, HostTensor]) => [name, stored(shape, values)]),
    ),
    shards: 1,
    files: new Map([['tokenizer.json', JSON.stringify(small)]]),
  };
}

/** Writes a model into a folder, which is made. */
export function writeDraft(folder: string, { config, tensors, shards, files }: Draft): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of files) writeFileSync(path.join(folder, name), content);
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  if (shards === 1) {
    writeFileSync(path.join(folder, 'model.safetensors'), safetensors(tensors));
    return folder;
  }
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-0000${shard + 1}-of-0000${shards}.safetensors`;
    const own = [...tensors].filter((_, i) => i % shards === shard);
    writeFileSync(path.join(folder, file), safetensors(new Map(own)));
    for (const [name] of own) weightMap[name] = file;
  }
  writeFileSync(
    path.join(folder, 'model.safetensors.index.json'),
    JSON.stringify({ metadata: {}, weight_map: weightMap }),
  );
  return folder;
}

/** Writes a form into a folder of its own below this one. */
export async function writeForm(parent: string, { name, change }: CheckpointForm): Promise<string> {
  const draft = await plainDraft();
  change(draft);
  return writeDraft(path.join(parent, name.replaceAll(/\W+/g, '-')), draft);
}

function safetensors(tensors: ReadonlyMap<string, Stored>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    header[name] = entry(dtype, shape, end, end + bytes.length);
    end += bytes.length;
  }
  // Padded, so that values of 8 bytes stand where PyTorch can read them.
  const text = JSON.stringify(header);
  const file = fileOf(text + ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8), end);
  file.set(Buffer.concat([...tensors.values()].map(({ bytes }) => bytes)), file.length - end);
  return file;
}
