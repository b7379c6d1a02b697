#!/bin/bash
# Runs each fuzzer for SECONDS from its seeds; what it finds is left in OUT and fails.
#   tests/fuzz/run.sh OUT SECONDS FUZZER…
set -eu
out=$1 seconds=$2
shift 2
here=$DANZHENG_HOME/tests
for fuzzer; do
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
    echo "$name: $seconds s"
    "$fuzzer" -max_total_time="$seconds" -artifact_prefix="$out/found/$name-" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 "$corpus" 2>"$out/$name.log" ||
        { tail -n 40 "$out/$name.log"; exit 1; }
    grep -E 'number_of_executed_units|new_units_added' "$out/$name.log"
done
