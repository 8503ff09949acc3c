# Counts what passed and what failed over the parts of a run. Sourced after common.sh.
# $WHEELYARD_TALLY names the file that collects the counts, so that one script can add to another's.
results=$root/build/test-results
mkdir -p "$results"
tally=${WHEELYARD_TALLY:-$results/tally}
[ -n "${WHEELYARD_TALLY:-}" ] || : >"$tally"

# count PASSED FAILED WHAT
count() {
  printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$tally"
  say "-- $3: $1 passed, $2 failed"
}

# check WHAT COMMAND…: a part that passes or fails as one, and so does the call. `set -e` is ignored within (bash does so in
# conditions): a function's last command decides, so join what may fail.
check() {
  local what=$1 started=$SECONDS
  shift
  step "$what"
  if ( "$@" ) </dev/null; then count 1 0 "$what ($((SECONDS - started)) s)"; else count 0 1 "$what ($((SECONDS - started)) s)"; return 1; fi
}

# counted WHAT REPORT COMMAND…: a test runner that writes a JUnit report; its tests are counted one by one.
# A runner that fails with no failed test in its report, or that ran none, counts as one failure.
counted() {
  local what=$1 report=$2 started=$SECONDS status=0 passed failed
  shift 2
  step "$what"
  rm -f "$report"
  "$@" </dev/null || status=$?
  read -r passed failed < <(python3 "$root/scripts/lib/junit_counts.py" "$report")
  if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
    failed=1
    say "the runner ended with status $status"
  elif [ $((passed + failed)) = 0 ]; then
    failed=1
    say "no test ran"
  fi
  count "$passed" "$failed" "$what ($((SECONDS - started)) s)"
}

# Prints the parts and the sum, which is the last line; fails if anything failed.
summary() {
  step "Summary"
  awk -F'\t' '{ printf "%s%s: %d passed, %d failed\n", $2 ? "FAILED  " : "        ", $3, $1, $2; passed += $1; failed += $2 }
              END { printf "%d passed, %d failed\n", passed, failed; exit failed || !passed }' "$tally"
}
