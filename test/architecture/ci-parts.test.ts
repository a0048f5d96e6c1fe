import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const PARTS = path.join(import.meta.dirname, '../../.ci/parts.sh');

/** Runs parts as `.ci/run` does. */
function run(parts: string, env: Record<string, string> = {}) {
  const script = `source ${PARTS}; trap 'rm -f "$log"' EXIT\n${parts}\nsummary`;
  const { status, stdout } = spawnSync('bash', ['-u', '-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  const lines = stdout.slice(stdout.lastIndexOf('===')).trimEnd().split('\n');
  return { status, last: lines.at(-1), leftOut: lines.filter((line) => line.startsWith('left out: ')) };
}

const INSTALL = "install_part 'the thing' 'its test' false && part 'its test' true";

test('what cannot be installed fails the run', () => {
  expect(run(`part 'another' true\n${INSTALL}`)).toEqual({
    status: 1,
    last: '1 passed, 1 failed',
    leftOut: [],
  });
});

test('CI_LENIENT=1 makes it a part that is left out; other values do not', () => {
  expect(run(`part 'another' true\n${INSTALL}`, { CI_LENIENT: '1' })).toEqual({
    status: 0,
    last: '1 passed, 0 failed',
    leftOut: ['left out: its test: the thing could not be installed'],
  });
  expect(run(INSTALL, { CI_LENIENT: '0' }).status).toBe(1);
});

test('CI_LENIENT=1 forgives no part that was installed and fails', () => {
  const parts = "install_part 'the thing' 'its test' true && part 'its test' false";
  expect(run(parts, { CI_LENIENT: '1' })).toMatchObject({ status: 1, last: '1 passed, 1 failed' });
});

test('what is left out by choice is named and fails nothing, also when a part says so', () => {
  const parts =
    "leave_out 'by hand'\npart 'linters' echo 'left out: one linter'\npart 'many' echo '7 passed, 0 failed, 2 skipped'";
  expect(run(parts)).toEqual({
    status: 0,
    last: '8 passed, 0 failed',
    leftOut: ['left out: by hand', 'left out: one linter'],
  });
});

test('a part that ends badly fails, whatever its closing line says', () => {
  const parts = "bad() { echo '3 passed, 0 failed'; return 1; }\npart 'bad' bad";
  expect(run(parts)).toMatchObject({ status: 1, last: '3 passed, 1 failed' });
});

test('an install that only root can do says so and fails', () => {
  expect(run("command() { return 1; }\ninstall_part 'nginx' 'replicas' install_debian nginx")).toMatchObject({
    status: 1,
    last: '0 passed, 1 failed',
  });
});
