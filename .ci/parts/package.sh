# The package as a user installs it.
# shellcheck shell=bash

# Tests the tarball that npm would publish in an empty project: types, import, require, bin.
declare_part package 60 'build' 'the tarball in an empty project'
package() {
  local project=$work/project tarball file
  has_native && local native=yes
  mkdir -p "$project"
  tarball=$(npm pack --silent --pack-destination "$work") || return 1
  tar -tzf "$work/$tarball" | grep -qE '^package/(test|scripts)/|^package/src/.*[.](ts|css)$' && echo "the tarball has sources" && return 1
  for file in LICENSE README.md weights/mini-en-zh/README.md src/README.md; do
    tar -tf "$work/$tarball" "package/$file" >/dev/null || return 1
  done
  cp .ci/consumer/* "$project/"
  cd "$project" || return 1
  npm install --silent --no-audit --no-fund --ignore-scripts "$work/$tarball" typescript@7 @types/node@20 || return 1
  npx --no-install tsc -p . || return 1
  node consumer.mjs && node consumer.cjs || return 1
  npx --no-install tfjs-reranker rerank --quiet --query 'capital of France' --format json --top-n 1 \
    'Paris is the capital of France.' 'Bananas are yellow.' | grep -q '"index": *0' || return 1
  npx --no-install tfjs-reranker rerank --backend webgpu --query q d 2>&1 |
    grep -q 'is not installed: npm install webgpu @tensorflow/tfjs-backend-webgpu' || return 1
  [[ -z ${native:-} ]] || package_native
}

# In the project of the tarball, where tfjs-node-gpu is not installed yet; TensorFlow comes from the cache.
package_native() {
  npx --no-install tfjs-reranker setup-native || return 1
  npx --no-install tfjs-reranker rerank --backend node --quiet --query 'capital of France' --format json --top-n 1 \
    'Bananas are yellow.' 'Paris is the capital of France.' | grep -q '"index": *1'
}
