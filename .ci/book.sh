# Runs the parts of `.ci/run`, and keeps account of what passed, what failed, and what was left out and why.
# To be sourced by bash; the caller removes $log at the end.
# shellcheck shell=bash
log=$(mktemp)
passed=0 failed=0
left_out=() failures=()
names=()
declare -A usual=() needs=() what=() met=()

# declare_part NAME SECONDS NEEDS WHAT: declares a part; parts run in this order. The function with its name runs it (with
# "_" for "-"). NEEDS are names of functions need_NAME, separated by spaces; SECONDS are measured on two idle cores.
declare_part() {
  names+=("$1")
  usual[$1]=$2 needs[$1]=$3 what[$1]=$4
}

# run_parts NAME...: runs these parts; returns 2 if there is no such part.
run_parts() {
  local name
  for name in "$@"; do
    [[ -n ${what[$name]:-} ]] || { echo "There is no part \"$name\": .ci/run --list names them." && return 2; }
  done
  for name in "$@"; do
    run_part "$name"
  done
  return 0
}

# run_part NAME: meets its needs and runs it; if a need cannot be met, the part is left out.
run_part() {
  local name=$1 need
  for need in ${needs[$name]}; do
    if ! meet "$need"; then
      leave_out "$name (${what[$name]}): ${met[$need]}"
      return
    fi
  done
  part "$name: ${what[$name]}" "${name//-/_}"
}

# meet NEED: installs or makes what parts need, once. If that fails, the run fails, unless CI_LENIENT=1 forgives it. If it
# returns 3, its parts are left out by choice, with its last line as the reason.
meet() {
  local need=$1 status start=$SECONDS
  if [[ -z ${met[$need]:-} ]]; then
    echo "=== needed: $need"
    "need_$need" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    echo "--- needed: $need: exit $status, $((SECONDS - start)) s"
    case $status in
      0) met[$need]=yes ;;
      3) met[$need]=$(tail -1 "$log") ;;
      *) met[$need]="$need is not available" && { forgive "$need" || { failed=$((failed + 1)) && failures+=("needed: $need"); }; } ;;
    esac
  fi
  [[ ${met[$need]} == yes ]]
}

# forgive NEED: whether its failure only leaves parts out. A function forgivable_NEED may limit that to some failures: it
# looks for them in $log, and prints the reason.
forgive() {
  local reason
  [[ ${CI_LENIENT:-} == 1 ]] || return 1
  declare -F "forgivable_$1" >/dev/null || return 0
  reason=$("forgivable_$1") && met[$1]="$1 is not available: $reason"
}

# part NAME COMMAND...: runs the command, adds the counts of its last line (or one passed or failed), prints the seconds.
# Lines "left out: ..." of its output are repeated at the end.
part() {
  local name=$1 start=$SECONDS before=$failed status counts line
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
  [[ $failed -eq $before ]] || failures+=("$name")
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

# list_parts: prints the name, usual seconds, needs and subject of each part.
list_parts() {
  local name
  for name in "${names[@]}"; do
    printf '%-22s %4s s  %-28s %s\n' "$name" "${usual[$name]}" "${needs[$name]}" "${what[$name]}"
  done
}

# install_debian PACKAGE...: installs Debian packages, if this machine has apt-get and we are root.
install_debian() {
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "$*: only root can install it, with apt-get"
    return 1
  fi
  apt-get update -qq # fails if an index is missing, which may not be needed
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# Prints the last lines: what was left out, each once, and the parts that failed. Fails if anything failed.
summary() {
  local name
  echo "=== $SECONDS s in total"
  [[ ${#left_out[@]} -eq 0 ]] || printf 'left out: %s\n' "${left_out[@]}" | awk '!seen[$0]++'
  for name in "${failures[@]}"; do echo "failed: $name"; done
  echo "$passed passed, $failed failed"
  [[ $failed -eq 0 ]]
}
