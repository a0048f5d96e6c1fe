# Models of full size with random weights, against PyTorch.
# shellcheck shell=bash

need_base() { "$python" scripts/reference/make_base.py --out "$work/base"; }

# The rule: at most twice as far from float64 as PyTorch's own float32, on this machine.
verify_backend() {
  local backend=$1 model=$2 report=$work/report.json
  node dist/cli/main.js verify --model "$model" --golden "$model/golden.json" --backend "$backend" --report "$report" &&
    node -e '
      const { from_float64: ours, reference_noise: noise } = JSON.parse(fs.readFileSync(process.argv[1], "utf8"));
      console.log(`${(ours.max / noise.max).toFixed(2)} times the distance of PyTorch float32 from float64; at most 2`);
      process.exit(ours.max <= 2 * noise.max ? 0 : 1);
    ' "$report"
}
# On wasm, and on node if it is built.
verify_model() { verify_backend wasm "$1" && { ! has_native || verify_backend node "$1"; }; }

declare_part base 120 'build reference base' 'base'
base() { verify_model "$work/base"; }

declare_part hub-full-size 200 'build reference base' 'base from a local hub: pull, kill, resume, verify; XQuAD scored'
hub_full_size() {
  local pairs=$work/xquad.jsonl native=
  has_native && native=yes
  if [[ -d $xquad ]]; then
    node test/hub/xquad-pairs.mjs "$xquad" 300 >"$pairs" && head -20 "$pairs" >"$work/xquad-20.jsonl" &&
      "$python" scripts/reference/make_golden.py --model "$work/base" --pairs "$work/xquad-20.jsonl" \
        --out "$work/xquad-golden.json" || return 1
    export FULL_SIZE_PAIRS=$pairs FULL_SIZE_GOLDEN=$work/xquad-golden.json FULL_SIZE_NATIVE=$native
  else
    echo "left out: XQuAD pairs on the full-size base: there is no $xquad (TEST_DATA)"
  fi
  FULL_SIZE_MODEL=$work/base vitest test/hub/full-size.test.ts
}

declare_part variants 60 'build reference' 'small variants: labels, dtypes, shards, names'
variants() {
  local options
  for options in '--labels no maybe yes --dtype F16 --extras' '--bare --extras --dtype BF16 --shards 3'; do
    rm -rf "$work/small"
    # shellcheck disable=SC2086
    "$python" scripts/reference/make_base.py --out "$work/small" --shape small --count 24 $options || return 1
    verify_model "$work/small" || return 1
  done
}

need_full() {
  [[ ${CI_FULL:-} == 1 ]] || { echo 'CI_FULL=1 runs it' && return 3; }
}
verify_shape() {
  rm -rf "$work/large"
  "$python" scripts/reference/make_base.py --out "$work/large" --dtype F16 --count 16 "$@" && verify_model "$work/large"
}
declare_part large 900 'full build reference' 'large'
large() { verify_shape --shape large; }
declare_part v2-m3 1500 'full build reference' 'v2-m3'
v2_m3() { verify_shape --shape v2-m3 --shards 2 --long 1500; }
