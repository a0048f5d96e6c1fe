# Checks that PyTorch, transformers and tokenizers still give the committed goldens.
# shellcheck shell=bash

python=$work/python/bin/python
need_reference() {
  local packages='import sysconfig; print(sysconfig.get_path("purelib"))'
  "${REFERENCE_PYTHON:-python3}" -m venv "$work/python" || return 1
  if [[ -n ${REFERENCE_PYTHON:-} ]]; then
    "$REFERENCE_PYTHON" -c "$packages" >"$("$python" -c "$packages")/reference.pth"
  else
    "$python" -m pip install --quiet -r scripts/reference/requirements.txt
  fi
}
# XQuAD and published tokenizers are not part of this repository; TEST_DATA names a folder with data/xquad and tokenizers.
[[ -n ${TEST_DATA:-} || ! -d ../shared ]] || TEST_DATA=$(cd ../shared && pwd)
xquad=${TEST_DATA:-/none}/data/xquad
tokenizers=${TEST_DATA:-/none}/tokenizers

declare_part golden-tiny 30 'reference' 'goldens of the tiny models'
golden_tiny() { "$python" scripts/reference/make_tiny.py --check && "$python" scripts/reference/make_texts.py --check; }

declare_part golden-mini 30 'reference' 'golden of mini-en-zh'
golden_mini() {
  "$python" scripts/reference/make_golden.py --model weights/mini-en-zh --golden weights/mini-en-zh/reference.json
}

declare_part tokenizer 30 'build reference' 'token ids and places on odd lines'
tokenizer() { "$python" scripts/reference/check_tokenizer.py weights/mini-en-zh; }

# All styles of tokenizer.json, over 1,000 texts each (CI_FULL=1: 4,000): XQuAD if it is there, and odd lines.
declare_part tokenizer-styles 60 'build reference' 'the tokenizer in all styles of tokenizer.json'
tokenizer_styles() {
  local texts=() count=1000
  [[ -d $xquad ]] && texts=(--texts "$xquad"/*.jsonl)
  [[ ${CI_FULL:-} == 1 ]] && count=4000
  "$python" scripts/reference/check_tokenizer.py weights/mini-en-zh "${texts[@]}" --odd-lines 0 --styles --style-texts "$count"
}

need_outside_data() {
  [[ -d $tokenizers && -d $xquad ]] && return
  echo "TEST_DATA names no folder with tokenizers and data/xquad"
  return 3
}
declare_part outside-data 30 'build outside_data' 'tests that read XQuAD, published tokenizers and scores'
outside_data() {
  local files
  mapfile -t files < <(grep -rl 'support/outside-data' test --include='*.test.ts')
  TEST_DATA=$TEST_DATA vitest "${files[@]}"
}

declare_part tokenizer-published 60 'build outside_data reference' 'published tokenizers on XQuAD and odd lines'
tokenizer_published() {
  "$python" scripts/reference/check_tokenizer.py "$tokenizers"/*/ --texts "$xquad"/*.jsonl --odd-lines 2000
}

declare_part sentencepiece 30 'build reference' 'sentencepiece.bpe.model alone'
sentencepiece() { "$python" scripts/reference/check_sentencepiece.py weights/mini-en-zh; }

declare_part trace 30 'build reference' 'a trace read in Python, against transformers'
trace() { "$python" scripts/reference/check_trace.py weights/mini-en-zh; }

need_captum() {
  "$python" -m pip install --quiet -r scripts/reference/requirements-attribution.txt &&
    "$python" -m pip install --quiet --no-deps captum==0.8.0
}
declare_part attribution 60 'build reference captum' 'attributions against captum'
attribution() {
  "$python" scripts/reference/check_attribution.py weights/mini-en-zh --pairs 3 \
    --golden weights/mini-en-zh/reference.json
}

# transformers and tokenizers can read the output of convert: in shards of BF16, and with fewer pieces.
declare_part conversion 60 'build reference' 'output of convert, read by transformers'
conversion() {
  local pairs=$work/converted-pairs.jsonl golden=$work/converted.json name
  printf '%s\n' '{"query": "capital of France", "document": "Paris is the capital of France."}' \
    '{"query": "capital of France", "document": "Bananas are yellow."}' >"$pairs"
  node dist/cli/main.js convert --to BF16 --max-shard-size 20MB --sample "$pairs" --out "$work/bf16" &&
    node dist/cli/main.js convert --keep-vocabulary "$pairs" --sample "$pairs" --out "$work/pruned" || return 1
  for name in bf16 pruned; do
    "$python" scripts/reference/make_golden.py --model "$work/$name" --pairs "$pairs" --out "$golden" &&
      node dist/cli/main.js verify --model "$work/$name" --golden "$golden" || return 1
  done
}

# Compares every activation of mini-en-zh with PyTorch's, and backends and dtypes with each other.
declare_part activations 60 'build reference' 'every activation of mini-en-zh; comparison of setups'
activations() {
  local golden=$work/activations/golden.json setups=wasm,cpu
  mkdir -p "$work/activations"
  printf '%s\n' '{"query": "capital of France", "document": "Paris is the capital of France."}' \
    '{"query": "长城有多长？", "document": "长城是中国古代的防御工程，总长两万多公里。"}' >"$work/activations/pairs.jsonl"
  "$python" scripts/reference/make_golden.py --model weights/mini-en-zh --pairs "$work/activations/pairs.jsonl" \
    --out "$golden" --activations || return 1
  node dist/cli/main.js verify --backend wasm --golden "$golden" || return 1
  if has_native; then
    node dist/cli/main.js verify --backend node --golden "$golden" || return 1
    setups=node,wasm
    ! has_bfloat16 || setups+=,node:bfloat16,node:int8
  fi
  node dist/cli/main.js verify --compare "$setups" --golden "$golden"
}

declare_part checkpoint-forms 60 'build reference' 'every form of a checkpoint, against transformers'
checkpoint_forms() { TEST_WIDE=1 REFERENCE_PYTHON=$python vitest test/{engine/checkpoint-forms.parity,cli/checkpoint-forms,server/checkpoint-forms}.test.ts; }

need_evaluation() { "$python" -m pip install --quiet -r scripts/reference/requirements-evaluation.txt; }
declare_part evaluation 30 'build reference evaluation' 'measures against pytrec_eval, BM25 against bm25s'
evaluation() {
  "$python" scripts/reference/check_measures.py &&
    "$python" scripts/reference/make_bm25.py "$work/bm25.json" && cmp "$work/bm25.json" test/fixtures/bm25.json
}

need_training() { "$python" -m pip install --quiet -r scripts/train/requirements.txt; }
declare_part training 60 'reference training' 'training on made-up data, all steps'
training() { "$python" scripts/train/selftest.py; }
