// Checks whether two commits compute the same bits. For every change that should not change any number.
//
//   node scripts/bench/same-bits.mjs BASE [OTHER] [--setups wasm,cpu,node,...]
//
// BASE and OTHER are commits; without OTHER the working tree is used. Both are built, then each computes the 55
// reference pairs of mini-en-zh and the tiny models' batches: unobserved, with every activation observed, with
// gradients; in fixed batches and with one thread. Bits depend on the processor, so they are compared on this machine
// only and not committed. Exit code 0: all bits are the same.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DRIVER = fileURLToPath(new URL('./logit-bits.mjs', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { setups: { type: 'string', default: 'wasm,cpu,node,node:bfloat16,node:int8' } },
});
const [base, other] = positionals;
if (base === undefined) {
  process.stderr.write('usage: node scripts/bench/same-bits.mjs BASE [OTHER] [--setups wasm,cpu,node]\n');
  process.exit(2);
}

const work = mkdtempSync(path.join(os.tmpdir(), 'same-bits-'));
const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
let differs = false;
try {
  const trees = [checkOut(base, 'base'), other === undefined ? ROOT : checkOut(other, 'other')];
  for (const tree of trees)
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: tree, stdio: 'inherit' });
  for (const setup of values.setups.split(',')) compare(setup, ...trees.map((tree) => compute(tree, setup)));
} finally {
  for (const name of ['base', 'other']) {
    const folder = path.join(work, name);
    if (existsSync(folder)) git('worktree', 'remove', '--force', folder);
  }
  rmSync(work, { recursive: true, force: true });
}
process.exit(differs ? 1 : 0);

/** A separate checkout. It uses this one's packages, with the native binding, if the lock file is the same. */
function checkOut(revision, name) {
  const folder = path.join(work, name);
  git('worktree', 'add', '--detach', '--quiet', folder, revision);
  const lock = (tree) => readFileSync(path.join(tree, 'package-lock.json'), 'utf8');
  if (lock(folder) === lock(ROOT)) {
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  } else {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], { cwd: folder, stdio: 'inherit' });
    const binding = 'node_modules/@tensorflow/tfjs-node-gpu';
    for (const part of ['lib', 'deps']) {
      const built = path.join(ROOT, binding, part);
      if (existsSync(built))
        cpSync(built, path.join(folder, binding, part), { recursive: true, verbatimSymlinks: true });
    }
  }
  return folder;
}

/** The results of a tree in a setup; undefined, with the reason printed, if the setup does not run here. */
function compute(tree, setup) {
  const env = {
    ...process.env,
    TF_NUM_INTRAOP_THREADS: '1',
    TF_NUM_INTEROP_THREADS: '1',
    OMP_NUM_THREADS: '1',
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [DRIVER, tree, setup], {
    encoding: 'utf8',
    env,
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return JSON.parse(stdout);
  const reason = stderr.split('\n').find((line) => /Error: /.test(line)) ?? `exit code ${status}`;
  process.stdout.write(
    `${setup}: ${tree === ROOT ? 'the working tree' : path.basename(tree)} fails: ${reason.trim()}\n`,
  );
  return undefined;
}

function compare(setup, one, two) {
  if (one === undefined && two === undefined) return; // it runs in neither, and the reasons were printed
  if (one === undefined || two === undefined) {
    differs = true;
    return;
  }
  const cases = new Set([...Object.keys(one), ...Object.keys(two)]);
  const different = [...cases].filter((name) => one[name] !== two[name]);
  differs ||= different.length > 0;
  process.stdout.write(
    different.length === 0
      ? `${setup}: ${cases.size} cases, all bits the same\n`
      : `${setup}: ${different.length} of ${cases.size} cases differ\n`,
  );
  for (const name of different) process.stdout.write(`  ${name}: ${describe(one[name], two[name])}\n`);
}

function describe(one, two) {
  if (one === undefined || two === undefined) return `only in the ${one === undefined ? 'second' : 'first'}`;
  if (one.length !== two.length || one.length % 8 !== 0 || one.length === 64) return 'another sum';
  const [a, b] = [one, two].map((text) => new Float32Array(new Uint8Array(Buffer.from(text, 'hex')).buffer));
  const distances = Array.from(a, (value, i) => Math.abs(value - b[i]));
  return `${distances.filter((d) => d !== 0).length} of ${a.length} values, at most ${distances.reduce((x, y) => Math.max(x, y), 0)} apart`;
}
