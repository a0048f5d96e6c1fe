import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CheckpointForm,
  type Draft,
  FORMS,
  PAIRS,
  plainDraft,
  rename,
  stored,
  writeDraft,
  writeForm,
} from '../support/checkpoint-forms.js';
import { ROOT, runCli } from '../support/run-cli.js';
import { WIDE } from '../support/wide.js';

/** The results of transformers for each form: scripts/reference/check_forms.py. */
interface Golden {
  readonly forms: Readonly<Record<string, { readonly input_ids: number[][]; readonly logits: number[][] }>>;
}

const GOLDEN = JSON.parse(
  readFileSync(path.join(ROOT, 'test/fixtures/checkpoint-forms.json'), 'utf8'),
) as Golden;

let parent: string;
beforeAll(async () => {
  parent = mkdtempSync(path.join(tmpdir(), 'checkpoint-forms-cli-'));
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const LINES = PAIRS.map((pair) => `${JSON.stringify(pair)}\n`).join('');
const [PAIR] = PAIRS;
const TEXTS = ['--query', PAIR.query, '--document', PAIR.document];

/**
 * The output of every command that takes a model, for one form, without times and names of folders. `serve` is tested
 * in test/server. `demo` ranks in the same way as rerank, and fails with a model that knows nothing.
 */
async function askCommands(form: CheckpointForm): Promise<Record<string, string>> {
  const model = await writeForm(parent, form);
  const out = mkdtempSync(path.join(parent, 'out-'));
  const pairs = path.join(out, 'pairs.jsonl');
  writeFileSync(pairs, LINES);
  const said: Record<string, string> = {};
  const ask = async (name: string, args: readonly string[], input = ''): Promise<string> => {
    const options = { tokenize: ['--model', model], pull: [] }[name] ?? [
      '--model',
      model,
      '--backend',
      'wasm',
    ];
    const { code, stdout, stderr } = await runCli([...args, ...options], input);
    expect(`${name}: ${code} ${code === 0 ? '' : stderr}`).toBe(`${name}: 0 `);
    if (form.warning !== undefined && !/^(tokenize|shapes|pull|convert)$/.test(name)) {
      expect(stderr).toMatch(form.warning);
    }
    return stdout;
  };
  const json = ['--format', 'json'];
  said.tokenize = await ask('tokenize', ['tokenize', ...TEXTS, ...json]);
  said.score = await ask('score', ['score'], LINES);
  said.text = await ask('text', ['score', '--text', PAIR.document]);
  said.trace = await ask('trace', [
    'trace',
    ...TEXTS,
    '--names',
    'classifier.*',
    '--out',
    path.join(out, 'trace.json'),
  ]);
  said.traced = readFileSync(path.join(out, 'trace.json'), 'utf8');
  said.shapes = await ask('shapes', ['trace', ...TEXTS, '--names', 'embeddings.*', '--shapes']);
  await ask('dataset', [
    'trace',
    '--dataset',
    pairs,
    '--names',
    'classifier.dense',
    '--pool',
    'first',
    '--out',
    path.join(out, 'set'),
  ]);
  const { input_ids: ids, logits } = GOLDEN.forms[path.basename(model)] as Golden['forms'][string];
  const golden = path.join(out, 'golden.json');
  const reference = PAIRS.map((pair, i) => {
    const row = logits[i] as readonly number[];
    return { ...pair, input_ids: ids[i], ...(row.length === 1 ? { logit: row[0] } : { logits: row }) };
  });
  writeFileSync(golden, JSON.stringify({ provenance: {}, tolerance: 1e-5, pairs: reference }));
  await ask('verify', ['verify', '--golden', golden]);
  await ask('pull', ['pull', model]);
  await ask('convert', ['convert', '--out', path.join(out, 'converted'), '--to', 'F32', '--sample', pairs]);
  const converted = await runCli(
    ['score', '--model', path.join(out, 'converted'), '--backend', 'wasm'],
    LINES,
  );
  said.converted = converted.stdout;
  if (form.labels === undefined || form.labels.length === 1) {
    await ask('bench', ['bench', '--input', pairs, '--repeat', '1', ...json]);
    said.rerank = await ask('rerank', [
      'rerank',
      '--query',
      PAIR.query,
      ...json,
      PAIR.document,
      'a dog',
      'b',
    ]);
    // One backward pass depends on a checkpoint's form as much as a hundred.
    const method = ['--method', 'gradient_x_input'];
    said.inspect = await ask('inspect', ['inspect', ...TEXTS, ...method, ...json]);
    await ask('page', [
      ...['inspect', ...TEXTS, ...method, '--document', 'b'],
      ...['--out', path.join(out, 'page.html')],
    ]);
    await ask('pages', ['inspect', '--dataset', pairs, '--out', path.join(out, 'pages.html')]);
  } else {
    for (const args of [
      ['rerank', '--query', 'a', 'b'],
      ['inspect', ...TEXTS],
      ['bench', '--input', pairs],
    ]) {
      const { code, stderr } = await runCli([...args, '--model', model, '--backend', 'wasm']);
      expect(stderr).toContain(`has ${form.labels.length} labels`);
      expect(code).toBe(2);
    }
  }
  // With an integer as its label, a model has the same output under another name.
  return Object.fromEntries(
    Object.entries(said).map(([name, text]) => [
      name,
      text
        .replaceAll(`"${path.basename(model)}"`, '"MODEL"')
        .replaceAll('LABEL_0', '0')
        .replace(/"timing": ?\[[^\]]*\]/, ''),
    ]),
  );
}

describe('every command that takes a model, on every form of a checkpoint', () => {
  const [PLAIN, ...OTHERS] = FORMS as [CheckpointForm, ...CheckpointForm[]];
  let plain: Record<string, string>;
  beforeAll(async () => {
    plain = await askCommands(PLAIN);
  });
  // The commands differ by what a form needs of tokenizer, labels and warnings; test/engine has every form.
  const NAMES = ['three labels', 'no pad_token_id', 'all at once'];
  const forms = WIDE ? OTHERS : OTHERS.filter(({ name }) => NAMES.includes(name));
  test('forms to run', () => expect(forms.length).toBeGreaterThanOrEqual(NAMES.length));
  test.each(forms)('$name', async (form) => {
    const said = await askCommands(form);
    if (form.same) expect(said).toEqual(plain);
  });
});

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 2271071852\n`;

/** Forms that are refused with the reason and the remedy. */
const REFUSED: readonly (readonly [
  name: string,
  change: (draft: Draft, folder: string) => void,
  message: RegExp,
])[] = [
  [
    'a wrapper',
    (draft) => rename(draft, (name) => `model.${name}`),
    /begin with "model\.".*Save the model inside/,
  ],
  ['torch.compile', (draft) => rename(draft, (name) => `_orig_mod.${name}`), /begin with "_orig_mod\."/],
  [
    'no head',
    (draft) => {
      draft.tensors = new Map([...draft.tensors].filter(([name]) => !name.startsWith('classifier.')));
    },
    /Missing \(4\): "classifier\.dense\.weight"/,
  ],
  [
    'a weight twice',
    (draft) => void draft.tensors.set('embeddings.LayerNorm.bias', stored([24], new Float32Array(24))),
    /one weight twice, as "roberta\.embeddings\.LayerNorm\.bias" and "embeddings\.LayerNorm\.bias"/,
  ],
  [
    'weights that are integers',
    (draft) =>
      void draft.tensors.set('classifier.out_proj.bias', {
        dtype: 'I32',
        shape: [1],
        bytes: new Uint8Array(4),
      }),
    /is I32; a weight can be F32, F16, BF16, F64/,
  ],
  [
    'jina-reranker-v2',
    ({ config }) => {
      delete config.model_type;
      config.auto_map = { AutoModelForSequenceClassification: 'modeling_xlm_roberta.XLMRoberta' };
    },
    /jina-reranker-v2.*Take a model that transformers runs by itself/,
  ],
  [
    'GELU by tanh',
    ({ config }) => {
      config.hidden_act = 'gelu_new';
    },
    /"gelu_new" is another function, GELU by tanh/,
  ],
  ...['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'].map(
    (name) =>
      [
        `a pointer as ${name}`,
        (_: Draft, folder: string) => writeFileSync(path.join(folder, name), POINTER),
        new RegExp(`${name} is a Git LFS pointer: the file of 2271071852 bytes was not downloaded`),
      ] as const,
  ),
  [
    'a pointer as an index',
    (_, folder) => {
      rmSync(path.join(folder, 'model.safetensors'));
      writeFileSync(path.join(folder, 'model.safetensors.index.json'), POINTER);
    },
    /index\.json is a Git LFS pointer/,
  ],
  [
    'a pointer as sentencepiece.bpe.model',
    (_, folder) => {
      rmSync(path.join(folder, 'tokenizer.json'));
      writeFileSync(path.join(folder, 'sentencepiece.bpe.model'), POINTER);
    },
    /sentencepiece\.bpe\.model is a Git LFS pointer/,
  ],
  [
    'weights that are pickled',
    (_, folder) => {
      rmSync(path.join(folder, 'model.safetensors'));
      writeFileSync(path.join(folder, 'pytorch_model.bin'), 'x');
    },
    /only pytorch_model\.bin\..*nothing is ever unpickled; save the weights as safetensors/,
  ],
];

test.each(REFUSED)('refused, with the remedy: %s', async (name, change, message) => {
  const draft = await plainDraft();
  const folder = path.join(parent, `refused ${name}`);
  change(draft, writeDraft(folder, draft));
  if (!/pointer|pickled/.test(name)) writeDraft(folder, draft);
  const { code, stdout, stderr } = await runCli(['score', '--model', folder, '--backend', 'wasm'], LINES);
  expect(stderr.replaceAll('\n', ' ')).toMatch(message);
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
});
