#!/bin/bash
# The power goes at any moment: what somebody was told of is there, and the program goes on.
# ROUNDS=1000 for longer; SEED= of a run for the same choices (what is recorded is new each time);
# POWER_KEEP=DIR keeps the folders on which it failed.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
: "${POWER_SO:?make sets it}"

# power SCENARIO ROUNDS
power() {
    python3 "$DANZHENG_HOME/tests/faults/power.py" "$1" "${ROUNDS:-$2}" "${SEED:-}" \
        >"$scratch/stdout" 2>"$scratch/stderr"
    code=$?
    cat "$scratch/stdout" >"$scratch/$1"
    grep '^# ' "$scratch/stdout"
    cat "$scratch/stderr" >&2
}
for scenario in "registry 20" "batch 20" "spread 20" "sealer 15" "files 80"; do
    power $scenario
    ok "${scenario% *}: nothing is lost with the power" status 0
done
finish
