import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');

/** Declares and runs parts as `.ci/run` does. */
function run(script: string, env: Record<string, string> = {}) {
  const around = `source .ci/book.sh; trap 'rm -f "$log"' EXIT\n${script}\nsummary`;
  const { status, stdout } = spawnSync('bash', ['-u', '-c', around], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  const lines = stdout.slice(stdout.lastIndexOf('===')).trimEnd().split('\n');
  return { status, last: lines.at(-1), leftOut: lines.filter((line) => line.startsWith('left out: ')) };
}

const NEEDS_IT = `
need_thing() { echo 'no such luck'; return 1; }
declare_part another 1 '' 'something else'; another() { true; }
declare_part its-test 1 'thing' 'what it does'; its_test() { true; }
run_parts another its-test`;

test('what cannot be installed fails the run, once', () => {
  expect(run(`${NEEDS_IT} its-test`)).toEqual({
    status: 1,
    last: '1 passed, 1 failed',
    leftOut: ['left out: its-test (what it does): thing is not available'],
  });
});

test('CI_LENIENT=1 makes it a part that is left out; other values do not', () => {
  expect(run(NEEDS_IT, { CI_LENIENT: '1' })).toEqual({
    status: 0,
    last: '1 passed, 0 failed',
    leftOut: ['left out: its-test (what it does): thing is not available'],
  });
  expect(run(NEEDS_IT, { CI_LENIENT: '0' }).status).toBe(1);
});

test('CI_LENIENT=1 forgives no part whose needs are met and that fails', () => {
  const parts = NEEDS_IT.replace('return 1', 'return 0').replace(
    'its_test() { true; }',
    'its_test() { false; }',
  );
  expect(run(parts, { CI_LENIENT: '1' })).toMatchObject({ status: 1, last: '1 passed, 1 failed' });
});

test('CI_LENIENT=1 forgives only what a need says that it forgives', () => {
  const luck = `forgivable_thing() { grep 'luck' "$log"; }`;
  expect(run(`${luck}${NEEDS_IT}`, { CI_LENIENT: '1' })).toEqual({
    status: 0,
    last: '1 passed, 0 failed',
    leftOut: ['left out: its-test (what it does): thing is not available: no such luck'],
  });
  expect(run(`${luck.replace('luck', 'work')}${NEEDS_IT}`, { CI_LENIENT: '1' }).status).toBe(1);
});

test('a part left out by choice is named and fails nothing, also if the part itself says so', () => {
  const parts = `
    need_patience() { echo 'FULL=1 runs it'; return 3; }
    declare_part long 900 'patience' 'a long one'; long() { true; }
    leave_out 'by hand'
    part 'linters' echo 'left out: one linter'
    part 'many' echo '7 passed, 0 failed, 2 skipped'
    run_parts long`;
  expect(run(parts)).toEqual({
    status: 0,
    last: '8 passed, 0 failed',
    leftOut: ['left out: by hand', 'left out: one linter', 'left out: long (a long one): FULL=1 runs it'],
  });
});

test('a need is met once, however many parts have it', () => {
  const parts = `
    need_thing() { echo >>"$log.needs"; [[ $(wc -l <"$log.needs") == 1 ]]; }
    declare_part one 1 'thing' 'one'; one() { true; }
    declare_part two 1 'thing' 'two'; two() { true; }
    run_parts one two
    rm "$log.needs"`;
  expect(run(parts)).toMatchObject({ status: 0, last: '2 passed, 0 failed' });
});

test('a part that ends badly fails, whatever its closing line says', () => {
  const parts = "bad() { echo '3 passed, 0 failed'; return 1; }\npart 'bad' bad";
  expect(run(parts)).toMatchObject({ status: 1, last: '3 passed, 1 failed' });
});

test('an installation that needs root says so and fails', () => {
  const parts = `
    command() { return 1; }
    need_nginx() { install_debian nginx; }
    declare_part replicas 1 'nginx' 'two servers'; replicas() { true; }
    run_parts replicas`;
  expect(run(parts)).toMatchObject({ status: 1, last: '0 passed, 1 failed' });
});

test('a name that no part has is an error before anything runs', () => {
  const { status, stdout } = spawnSync('.ci/run', ['style', 'nonsense'], { cwd: ROOT, encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stdout).toBe('There is no part "nonsense": .ci/run --list names them.\n');
});

test('every file of parts is read, and every part and need is a function', () => {
  const check = `
    log= work=; for file in .ci/parts/*.sh; do source "$file"; done
    for name in "\${names[@]}"; do
      for function in "\${name//-/_}" $(printf 'need_%s ' \${needs[$name]}); do
        [[ $function == need_ ]] || declare -F "$function" >/dev/null || echo "no function $function"
      done
    done
    printf '%s\\n' "\${names[@]}"`;
  const { stdout } = spawnSync('bash', ['-c', `source .ci/book.sh; rm "$log"; ${check}`], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const listed = spawnSync('.ci/run', ['--list'], { cwd: ROOT, encoding: 'utf8' }).stdout.trim().split('\n');
  expect(readdirSync(path.join(ROOT, '.ci/parts')).length).toBeGreaterThan(5);
  expect(listed.map((line) => line.split(' ')[0]).sort()).toEqual(stdout.trim().split('\n').sort());
});
