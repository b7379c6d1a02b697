#!/bin/bash
# Keeps what runs of the fuzzers have found worth keeping: of each corpus the smallest inputs that
# reach as much of the program, as an archive among the seeds. To be committed.
#   tests/fuzz/keep.sh OUT FUZZER…
set -eu
out=$1
here=$DANZHENG_HOME/tests/fuzz
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
for fuzzer in "${@:2}"; do
    name=$(basename "$fuzzer")
    mkdir "$TMPDIR/$name"
    "$fuzzer" -merge=1 -max_len=1000 "$TMPDIR/$name" "$out/corpus/$name" 2>"$out/$name.log"
    find "$TMPDIR/$name" -type f -size +1k -delete
    mkdir -p "$here/seeds/$name"
    tar -C "$TMPDIR/$name" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - . |
        gzip -9n >"$here/seeds/$name/kept.tar.gz"
    echo "$name: $(ls "$TMPDIR/$name" | wc -l) inputs kept"
done
