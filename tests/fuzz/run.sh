#!/bin/bash
# Runs each fuzzer for SECONDS from its seeds, as many at once as there are cores; what it finds is
# left in OUT, printed, and fails. Another seed each time, which is printed: SEED=N runs with it again.
#   [SEED=N] tests/fuzz/run.sh OUT SECONDS FUZZER…
set -eu
export SEED=${SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
if [ $# -gt 3 ]; then
    printf '%s\n' "${@:3}" | xargs -P "$(nproc)" -n 1 "$0" "$1" "$2"
    exit
fi
out=$1 seconds=$2 fuzzer=$3
here=$DANZHENG_HOME/tests
name=$(basename "$fuzzer")
corpus=$out/corpus/$name
mkdir -p "$corpus" "$out/found"
TMPDIR=$(mktemp -d -p /dev/shm)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
put() { cat >"$corpus/seed-$1"; }
case $name in
fuzz_conf)
    put danzheng.ini <"$here/../config/danzheng.ini"
    for file in "$here"/../config/kinds/*.ini "$here"/../config/rules/*.ini; do
        put "$(basename "$(dirname "$file")")-$(basename "$file")" <"$file"
    done
    ;;
fuzz_frames) # requests without the mark that stands before each in a conformance file
    for file in "$here"/wire/*.txt; do
        sed 's/^[>+<=] //' "$file" | put "$(basename "$file")"
    done
    ;;
fuzz_layout) # each with the number of its paper
    number=0
    for kind in "$here"/../config/kinds/*.ini; do
        for output in $(sed -n 's/^\[seal \(.*\)\]/\1/p' "$kind"); do
            { printf %s $number; cat "$here/../layouts/$(basename "$kind" .ini)/$output.ini"; } |
                put "$output-$number.ini"
            number=$((number + 1))
        done
    done
    ;;
fuzz_record)
    for file in "$here"/records/*.json; do put "$(basename "$file")" <"$file"; done
    ;;
esac
for seed in "$here/fuzz/seeds/$name"/*; do # and what earlier runs kept, keep.sh
    case $seed in
    *.tar.gz) tar -C "$corpus" -xzf "$seed" ;;
    *) [ ! -e "$seed" ] || cp "$seed" "$corpus" ;;
    esac
done
"$fuzzer" -max_total_time="$seconds" -artifact_prefix="$out/found/$name-" -timeout=25 \
    -seed="$SEED" -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 "$corpus" 2>"$out/$name.log" ||
    { echo "$name: seed $SEED"; tail -n 60 "$out/$name.log"; exit 1; }
awk -v name="$name" -v seconds="$seconds" -v seed="$SEED" '/number_of_executed_units/ { n = $2 }
    /new_units_added/ { new = $2 }
    END { print name ": " seconds " s, seed " seed ", " n " inputs, " new " new" }' "$out/$name.log"
