# The wasm backend on every Node that is supported.
# shellcheck shell=bash

# Each has its own compiler of WebAssembly, its own default for relaxed SIMD, and its own worker threads.
wasm_on_node() {
  on_node "$1" vitest test/kernels/wasm test/engine/threads.test.ts test/engine/mini-wasm.parity.test.ts \
    test/model/tiny-wasm.parity.test.ts test/kernels/gradients/gradients-wasm.parity.test.ts &&
    on_node "$1" odd_machines
}

# odd_machines: one core, no worker threads, no SIMD: each scores, and doctor says what is missing.
odd_machines() {
  local rerank=(dist/cli/main.js rerank --backend wasm --query France --document Paris --document Rome)
  local no_threads=$work/no-threads.mjs first
  cat >"$no_threads" <<'END'
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
threads.Worker = class {
  constructor() {
    throw new Error('no threads');
  }
};
syncBuiltinESMExports();
END
  first=$(taskset -c 0 node "${rerank[@]}" 2>/dev/null | sed -n 2p) || return 1
  [[ $first == *Paris* && $(node --import "$no_threads" "${rerank[@]}" 2>/dev/null | sed -n 2p) == "$first" ]] || return 1
  [[ $(node --no-enable-sse4-1 "${rerank[@]}" 2>/dev/null | sed -n 2p) == *Paris* ]] || return 1
  NODE_OPTIONS="--import $no_threads" node dist/cli/main.js doctor | grep -E "^✓ wasm .*(1 of [0-9]+ threads|add)$"
}
declare_part wasm-node-20 60 'build' 'the wasm backend on Node 20.19, and on odd machines'
wasm_node_20() { wasm_on_node 20.19; }
declare_part wasm-node-22 60 'build' 'the wasm backend on Node 22, and on odd machines'
wasm_node_22() { wasm_on_node 22; }
declare_part wasm-node-24 60 'build' 'the wasm backend on Node 24, and on odd machines'
wasm_node_24() { wasm_on_node 24; }
