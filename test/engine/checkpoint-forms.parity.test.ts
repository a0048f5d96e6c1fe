import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Inspector } from '../../dist/inspection/index.js';
import { distance } from '../../dist/parity/compare.js';
import { Reranker } from '../../dist/reranker/reranker.js';
import { type CheckpointForm, FORMS, PAIRS, writeForm } from '../support/checkpoint-forms.js';
import { ROOT } from '../support/fixtures.js';
import { few, WIDE } from '../support/wide.js';

/** The results of transformers for each form: scripts/reference/check_forms.py. */
interface Golden {
  readonly forms: Readonly<
    Record<string, { readonly input_ids: number[][]; readonly logits: readonly (readonly number[])[] }>
  >;
}

/** Twice the distance of float32 from float64 on the fixtures, from their golden. */
const TOLERANCE = 1e-5;
const GOLDEN = path.join(ROOT, 'test/fixtures/checkpoint-forms.json');

let parent: string;
const folders = new Map<CheckpointForm, string>();
beforeAll(async () => {
  parent = mkdtempSync(path.join(tmpdir(), 'checkpoint-forms-'));
  for (const form of FORMS) folders.set(form, await writeForm(parent, form));
  writeFileSync(path.join(parent, 'pairs.json'), JSON.stringify(PAIRS));
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const [PLAIN, ...OTHERS] = FORMS as [CheckpointForm, ...CheckpointForm[]];
const [PAIR, LESS] = PAIRS;
const SAME_LENGTH = { query: PAIR.query, document: PAIR.document.replace('cat', 'bat') };

/** The results of every public method of a reranker for the pairs, as far as a model with its labels has it. */
async function askReranker(form: CheckpointForm, folder = folders.get(form) as string) {
  const reranker = await Reranker.load(folder, { backend: 'cpu' });
  try {
    const { info } = reranker;
    expect(info.config.labels).toEqual(form.labels ?? ['LABEL_0']);
    const warnings = form.warning === undefined ? [] : [expect.stringMatching(form.warning)];
    expect(info.warnings).toEqual(warnings);
    const classified = await reranker.classify(PAIRS);
    const texts = await reranker.classify(['a text alone']);
    if (form.labels !== undefined && form.labels.length > 1) {
      await expect(reranker.score(PAIRS)).rejects.toThrow(/labels/);
      await expect(reranker.rank('a', ['b'])).rejects.toThrow(/labels/);
      return { classified, texts };
    }
    return {
      classified: classified.map(({ logits }) => logits),
      texts: texts.map(({ logits }) => logits),
      scored: await reranker.score(PAIRS),
      windows: await reranker.score(PAIRS, { windows: { maxWindows: 3, overlapTokens: 2 } }),
      ranked: await reranker.rank(PAIR.query, [PAIR.document, 'a dog', { text: 'a cat' }], { topN: 2 }),
      many: await reranker.rankMany([{ query: 'a', documents: ['b', 'c'] }]),
    };
  } finally {
    reranker.dispose();
  }
}

/** The results of every public method of an inspector for the pairs, as far as a model with its labels has it. */
async function askInspector(form: CheckpointForm) {
  const folder = folders.get(form) as string;
  const inspector = await Inspector.load(folder, { backend: 'cpu', differentiable: true });
  const out = mkdtempSync(path.join(parent, 'out-'));
  try {
    const traced = await inspector.trace(PAIRS, { names: ['**'] });
    const pooled = await inspector.traceDataset(
      PAIRS.map((pair, id) => ({ id, ...pair })),
      { folder: out, names: ['classifier.dense', 'encoder.layer.1.output.LayerNorm'], pool: 'first' },
    );
    const labels = inspector.config.numLabels;
    const several = labels > 1;
    const last = labels - 1;
    const one = several
      ? await expect(inspector.inspect(PAIR)).rejects.toThrow(/labels/)
      : {
          ...(await inspector.inspect(PAIR, { methods: ['occlusion'] })),
          ...{ model: undefined, timing: undefined },
        };
    const ranking = several
      ? await expect(inspector.inspectRanking('a', ['b'])).rejects.toThrow(/labels/)
      : (await inspector.inspectRanking(PAIR.query, [PAIR.document, LESS.document])).order;
    return {
      explained: inspector.placeTokens(PAIR),
      shapes: await inspector.trace([PAIR], { names: ['classifier.*'], shapesOnly: true }),
      traced,
      files: await inspector
        .export(path.join(out, 'x.safetensors'), traced.slice(0, 1))
        .then(() => readdirSync(out).length),
      pooled: pooled.shards.length,
      means: await inspector.meanActivations(PAIRS, { names: ['encoder.layer.0.output.LayerNorm'] }),
      attention: (await inspector.attention(PAIR)).tokens.length,
      heads: await inspector.headStatistics(PAIRS),
      depth: await inspector.scoreByDepth(PAIRS),
      shares: await inspector.shareLogit(PAIR, { label: last }),
      gradientShares: await inspector.shareLogit(PAIR, { label: last, tanh: 'gradient' }),
      one,
      ranking,
      occlusion: await inspector.attribute(PAIR, { label: last }),
      gradients: await inspector.attribute(PAIR, { label: last, method: 'integrated_gradients', steps: 4 }),
      interactions: await inspector.interactions(PAIR, { label: last }),
      compared: await inspector.compare(PAIR.query, PAIR.document, LESS.document, { label: last }),
      counterfactual: await inspector.counterfactual(PAIR.query, PAIR.document, LESS.document, {
        label: last,
      }),
      causal: await inspector.traceCausally({ from: PAIR, into: SAME_LENGTH, label: last }),
    };
  } finally {
    inspector.dispose();
  }
}

describe('every form of a checkpoint', () => {
  let plain: Awaited<ReturnType<typeof askReranker>>;
  let inside: Awaited<ReturnType<typeof askInspector>>;
  let golden: Golden;
  beforeAll(async () => {
    golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden;
    plain = await askReranker(PLAIN);
    inside = await askInspector(PLAIN);
  });

  test.each(few(FORMS, 16))('$name: ids and logits are those of transformers', async (form) => {
    const folder = folders.get(form) as string;
    const expected = golden.forms[path.basename(folder)];
    const inspector = await Inspector.load(folder, { backend: 'cpu' });
    try {
      const traced = await inspector.trace(PAIRS);
      expect(PAIRS.map((pair) => Array.from(inspector.placeTokens(pair).inputIds))).toEqual(
        expected?.input_ids,
      );
      const logits = traced.flatMap((pair) => Array.from(pair.logits));
      expect(distance(expected?.logits.flat() ?? [], logits).max).toBeLessThan(TOLERANCE);
    } finally {
      inspector.dispose();
    }
    const reranker = await Reranker.load(folder, { backend: 'cpu' });
    const logits = (await reranker.classify(PAIRS)).flatMap((pair) => pair.logits);
    reranker.dispose();
    expect(distance(expected?.logits.flat() ?? [], logits).max).toBeLessThan(TOLERANCE);
  });

  test.each(few(OTHERS, 8))('$name: every method of Reranker', async (form) => {
    const said = await askReranker(form);
    if (form.same) expect(said).toEqual(plain);
  });

  /** What differs for Inspector is how weights are named, stored and read. */
  const INSPECTED = ['a prefix here and there', 'all at once'];
  const inspected = WIDE ? OTHERS : OTHERS.filter(({ name }) => INSPECTED.includes(name));
  test('forms to inspect', () => expect(inspected.length).toBeGreaterThanOrEqual(INSPECTED.length));
  test.each(inspected)('$name: every method of Inspector', async (form) => {
    const said = await askInspector(form);
    if (form.same) expect(said).toEqual(inside);
    expect(Math.abs(said.shares.residual)).toBeLessThan(TOLERANCE);
  });

  test("live: transformers' numbers are those of the golden", async (context) => {
    const python = process.env.REFERENCE_PYTHON;
    context.skip(python === undefined, 'REFERENCE_PYTHON names no Python with transformers');
    for (const name of readdirSync(parent)) {
      if (name.startsWith('out-')) rmSync(path.join(parent, name), { recursive: true });
    }
    const script = path.join(ROOT, 'scripts/reference/check_forms.py');
    // GOLDEN_OUT=1 writes the golden again.
    const what = process.env.GOLDEN_OUT === '1' ? '--out' : '--golden';
    const { stdout } = await promisify(execFile)(python as string, [script, parent, what, GOLDEN]);
    expect(stdout).toMatch(what === '--out' ? /^$/ : /^\d+ forms, 0 differ/);
  }, 900_000);
});
