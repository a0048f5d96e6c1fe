#!/usr/bin/env bash
# Lints scripts/deploy with the installed tools; a missing tool is named, and counts as neither passed nor failed.
#   test/server/deploy/lint.sh FOLDER
# FOLDER has node_modules of package.json and, under python/, a virtual environment of requirements.txt.
set -u
folder=$(cd "$1" && pwd) || exit 2
cd "$(dirname "$0")/../../../scripts/deploy" || exit 1
passed=0 failed=0
log=$(mktemp) work=$(mktemp -d)
trap 'rm -rf "$log" "$work"' EXIT

lint() {
  local name=$1
  shift
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    echo "ok $name"
  else
    failed=$((failed + 1))
    echo "not ok $name"
    cat "$log"
  fi
}

# The unit, except for programs that this machine has in another place or not at all.
verify_unit() {
  sed -E "s#^ExecStart=[^ ]+#ExecStart=/bin/true#" tfjs-reranker.service >"$work/tfjs-reranker.service"
  systemd-analyze verify "$work/tfjs-reranker.service" && ! grep -q . "$log"
}
exposure() {
  systemd-analyze security --offline=yes --threshold=20 --no-pager "$work/tfjs-reranker.service"
}
# Numbers that must fit together, which no linter checks.
drain_fits() {
  local file grace drain
  for file in kubernetes.yaml tfjs-reranker.service; do
    grace=$(grep -oE '(terminationGracePeriodSeconds: |TimeoutStopSec=)[0-9]+' "$file" | grep -oE '[0-9]+$')
    drain=$(grep -oE 'shutdown-(delay|timeout)[= ][0-9]+' "$file" | grep -oE '[0-9]+$' | paste -sd+ | bc)
    echo "$file: $drain s to drain, $grace s until it is killed"
    [[ $grace -gt $drain ]] || return 1
  done
}

lint 'Dockerfile (dockerfile-utils)' "$folder/node_modules/.bin/dockerfile-utils" lint Dockerfile
lint 'kubernetes.yaml (kubernetes-validate)' "$folder/python/bin/kubernetes-validate" --strict kubernetes.yaml
lint 'numbers: the drain ends before the kill' drain_fits
if command -v systemd-analyze >/dev/null; then
  lint 'tfjs-reranker.service (systemd-analyze verify)' verify_unit
  lint 'tfjs-reranker.service (systemd-analyze security)' exposure
else
  echo 'left out: lint of the systemd unit: systemd-analyze is not installed'
fi
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
