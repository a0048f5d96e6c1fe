# The native backend, and WebGPU.
# shellcheck shell=bash

need_native() { node dist/cli/main.js setup-native; }
# Messages of setup-native about things that this machine lacks; every other error is a failure.
forgivable_native() {
  grep -aE '^(pip could not|Python .* was not found|python3? has no pip|No C\+\+ compiler|TensorFlow needs|TensorFlow (.* )?has no)| MB free; ' "$log"
}
# For parts that also test the native backend if it is built.
has_native() { node dist/cli/main.js doctor --format json | grep -q '"auto": "node"'; }
has_bfloat16() {
  node dist/cli/main.js doctor --format json | node -e '
    const { backends } = JSON.parse(fs.readFileSync(0, "utf8"));
    const kernels = backends.find(({ backend }) => backend === "node").kernels;
    process.exit(kernels.every(({ works }) => works) ? 0 : 1);
  '
}

declare_part native-setup 10 'build native' 'setup-native finds everything in place; doctor'
native_setup() {
  node dist/cli/main.js setup-native | grep 'set up already' && node dist/cli/main.js doctor && has_native || return 1
  has_bfloat16 || echo 'left out: bfloat16 and int8 on node: this processor cannot multiply bfloat16 (see doctor)'
}

declare_part native-verify 15 'build native' 'mini-en-zh on node against PyTorch'
native_verify() { node dist/cli/main.js verify --backend node; }

# Tests that are skipped if the native backend is not built; here it is built.
declare_part native-tests 60 'build native' 'tests of the native backend'
native_tests() {
  local files
  mapfile -t files < <(grep -rl 'support/native-binding' test --include='*.test.ts')
  vitest "${files[@]}"
}

# No GPU is needed: SwiftShader, Chromium's Vulkan on the processor, computes the same, slowly.
swiftshader=/usr/lib/chromium/vk_swiftshader_icd.json
has_software_vulkan() { [[ -f $swiftshader ]] && /sbin/ldconfig -p | grep -q 'libvulkan\.so\.1'; }
need_vulkan() { has_software_vulkan || { install_debian chromium-common libvulkan1 && has_software_vulkan; }; }

# The command comes first, because it fails where the tests would be skipped, and shows that the process ends.
declare_part webgpu 120 'build vulkan' 'webgpu on a software Vulkan'
webgpu() {
  export VK_DRIVER_FILES=$swiftshader XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$work}
  local ranking
  ranking=$(node dist/cli/main.js rerank --backend webgpu --query 'capital of France' --format json --top-n 1 \
    'Bananas.' 'Paris.') || return 1
  grep -q '"index": *1' <<<"$ranking" || return 1
  vitest test/kernels/webgpu/start-webgpu.test.ts test/model/tiny-webgpu.parity.test.ts \
    test/engine/mini-webgpu.parity.test.ts
}
