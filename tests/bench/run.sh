#!/bin/bash
# Prints what the workloads cost beside what they may cost; fails for nothing but a fault.
#   tests/bench/run.sh [DOCUMENTS]   (DOCUMENTS: of each, to see that it runs)
set -eu
bench=${BENCH:?make bench sets it} few=${1:-}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$DANZHENG_HOME/tests/certificates.sh" "$folder"

"$bench" F "${few:-1000}"
"$bench" F "${few:-1000}" "$folder/p256.key" "$folder/p256.chain"
"$bench" L 1000 "${few:-20}"
"$bench" L 20000 "${few:-2}"
"$bench" refusal "${few:-20000}"
"$bench" seals "${few:-2000}"
"$bench" cold "$DANZHENG" "$DANZHENG_HOME/tests/records/exhibition_filing-approved.json" \
    filing_application "${few:-20}"

export TMPDIR=$folder
for clients in 1 16 64 256; do
    "${COMMITS:?make bench sets it}" "$clients" "${few:+0.}${few:-3}" 1000
done
"$COMMITS" 64 "${few:+0.}${few:-3}" 1000 synced
"$COMMITS" 64 "${few:+0.}${few:-3}" 78000
