#!/bin/bash
# A second of each load: every row is there, and beside every sort of bad client the others were
# served (else the load ends with a fault). How long anything takes is not asked.
. "${DANZHENG_HOME:?make test sets it}/tests/cli/lib.sh" || exit 1
: "${BENCH:?make test sets it}" "${LOAD:?make test sets it}"

"$DANZHENG_HOME/tests/bench/load.py" "$LOAD" "$BENCH" 1 2 >"$scratch/stdout" 2>"$scratch/stderr"
code=$?
ok "the loads run, and every answer comes" status 0
ok "nothing is complained of" silent
# row NAME: twice, with documents a second, p50, p99, its ratio to the quiet run, the front's time
row() { [ "$(grep -cE "^ *$1 +[0-9]+( +[0-9.]+){4}( +[0-9]+ *[+-][0-9]+){2}$" "$scratch/stdout")" -eq 2 ]; }
for sort in "a slow reader" "one that never reads" "a byte a second" "one that sends garbage" \
    "600 connections"; do
    ok "beside $sort the others are served, with and without a registry" row "beside $sort"
done
ok "and afterwards" row "quiet again"
ok "a quiet run stands before them" grep -qE '^quiet +[0-9]+( +[0-9.]+){2}' "$scratch/stdout"
ok "and one with a registry" grep -qE '^quiet, with a registry +[0-9]+' "$scratch/stdout"
ok "a request at a time is served beside a batch" \
    [ "$(grep -cE '^  beside (a batch|itself) +[0-9.]+ +[0-9.]+ ' "$scratch/stdout")" -eq 2 ]
finish
