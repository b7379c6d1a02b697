#!/bin/bash
# Prints what the workloads cost beside what they may cost; fails for nothing but a fault.
#   tests/bench/run.sh [DOCUMENTS]   (DOCUMENTS: of each, to see that it runs)
set -eu
bench=${BENCH:?make bench sets it} few=${1:-}

"$bench" F "${few:-1000}"
"$bench" L 1000 "${few:-20}"
"$bench" L 20000 "${few:-2}"
"$bench" refusal "${few:-20000}"
"$bench" cold "$DANZHENG" "$DANZHENG_HOME/tests/records/exhibition_filing-approved.json" \
    filing_application "${few:-20}"
