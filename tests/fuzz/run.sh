#!/bin/bash
# Runs each fuzzer for SECONDS from its seeds, as many at once as there are cores; what it finds is
# left in OUT and fails. The same seed each time, so that a longer run has seen what a shorter one sees.
#   tests/fuzz/run.sh OUT SECONDS FUZZER…
set -eu
if [ $# -gt 3 ]; then
    printf '%s\n' "${@:3}" | xargs -P "$(nproc)" -n 1 "$0" "$1" "$2"
    exit
fi
out=$1 seconds=$2 fuzzer=$3
here=$DANZHENG_HOME/tests
name=$(basename "$fuzzer")
corpus=$out/corpus/$name
mkdir -p "$corpus" "$out/found"
case $name in
fuzz_frames) seeds=("$here"/wire/*.txt) ;;
fuzz_record) seeds=("$here"/records/*.json) ;;
*) seeds=() ;;
esac
# requests without the mark that stands before each in a conformance file
for seed in "${seeds[@]}"; do
    sed 's/^[>+<=] //' "$seed" >"$corpus/seed-$(basename "$seed")"
done
[ -d "$here/fuzz/seeds/$name" ] && cp "$here/fuzz/seeds/$name"/* "$corpus"
"$fuzzer" -max_total_time="$seconds" -artifact_prefix="$out/found/$name-" -timeout=10 \
    -seed=1 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 "$corpus" 2>"$out/$name.log" ||
    { tail -n 40 "$out/$name.log"; exit 1; }
awk -v name="$name" -v seconds="$seconds" '/number_of_executed_units/ { n = $2 }
    /new_units_added/ { new = $2 } END { print name ": " seconds " s, " n " inputs, " new " new" }' \
    "$out/$name.log"
