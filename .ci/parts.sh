# The book of `.ci/run`: what passed, what failed, what was left out, and why.
# Sourced by bash; whoever does that removes $log at the end.
# shellcheck shell=bash
log=$(mktemp)
passed=0 failed=0
left_out=()

# part NAME COMMAND...: runs it, adds up the counts of its closing line (or one passed or failed), says the seconds.
# Lines "left out: ..." of its output are named again at the end.
part() {
  local name=$1 start=$SECONDS status counts line
  shift
  echo "=== $name"
  "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  counts=$(grep -aE '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -1)
  if [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    [[ $status -ne 0 && ${BASH_REMATCH[2]} -eq 0 ]] && failed=$((failed + 1))
  elif [[ $status -eq 0 ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  while read -r line; do
    left_out+=("${line#left out: }")
  done < <(grep -a '^left out: ' "$log")
  echo "--- $name: exit $status, $((SECONDS - start)) s"
  return "$status"
}

leave_out() {
  left_out+=("$1")
  echo "=== left out: $1"
}

# forgive WHAT: the part that has just failed could only not be installed. That fails the run, unless CI_LENIENT=1 makes
# it one that was left out.
forgive() {
  if [[ ${CI_LENIENT:-} == 1 ]]; then
    failed=$((failed - 1))
    leave_out "$1"
  fi
}

# install_part NAME WHAT COMMAND...: a part that only installs NAME, for WHAT: the parts after it.
install_part() {
  local name=$1 what=$2
  shift 2
  part "install $name" "$@" && return
  forgive "$what: $name could not be installed"
  return 1
}

# install_debian PACKAGE...: Debian packages, where this machine has them and we may.
install_debian() {
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "$*: only root can install it, with apt-get"
    return 1
  fi
  apt-get update -qq # an index that is not there may be one that is not needed
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# The last lines; fails when anything did.
summary() {
  local reason
  echo "=== $SECONDS s in all"
  for reason in "${left_out[@]}"; do echo "left out: $reason"; done
  echo "$passed passed, $failed failed"
  [[ $failed -eq 0 ]]
}
