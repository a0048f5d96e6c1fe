# The commands of the README, and the style of the code.
# shellcheck shell=bash

# Packages and build, for a part that runs without the others.
need_build() {
  [[ -d node_modules ]] || npm ci --no-audit --no-fund || return 1
  [[ -f dist/index.js && -z $(find src ! -name "*.md" -newer dist/index.js -print -quit) ]] || npm run --silent build
}

vitest() { npm run --silent test:built -- "$@"; }

# on_node VERSION COMMAND...: runs a command on another version of Node, which npm has.
on_node() {
  local version=$1
  shift
  npm install --prefix "$work/node-$version" --silent --no-audit --no-fund "node@$version" || return 1
  PATH=$work/node-$version/node_modules/node/bin:$PATH "$@"
}

declare_part tests 200 '' 'npm ci && npm test'
tests() { npm ci --no-audit --no-fund && npm test; }

declare_part wide 60 'build' 'tests that npm test runs with less'
wide() {
  local files
  mapfile -t files < <(grep -rlE 'support/(wide|mini-suite)' test --include='*.test.ts' | grep -v checkpoint-forms)
  TEST_WIDE=1 vitest "${files[@]}"
}

declare_part style 30 'build' 'format, lint, types, unused exports'
style() { npm run --silent lint && npm run --silent types && npm run --silent unused; }

declare_part demo 20 'build' 'npm run demo'
demo() { npm run --silent demo; }
