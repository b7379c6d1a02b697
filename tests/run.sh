#!/bin/bash
# Runs test programs (TAP on their output) through prove and counts what they said; the last line
# is "N passed, M failed". A program that dies, or says less than it planned, has failed.
#   tests/run.sh PROGRAM…
set -u -o pipefail
export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

prove --verbose --exec '' "$@" 2>&1 | tee "$log" |
    grep --line-buffered -viP '^ *(ok (?!.*# skip)|1\.\.|TAP version|ok$|# (ok|skip)|$)'
status=${PIPESTATUS[0]}

passed=$(grep -E '^ok ' "$log" | grep -civE '# skip')
failed=$(grep -cE '^not ok ' "$log")
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
