#!/bin/bash
# Prints what the workloads cost; compares with nothing and fails for nothing but a fault.
#   tests/bench/run.sh BENCH
set -eu
bench=$1
echo "per document: CPU and wall in ms, PDF bytes; peak memory of the process in MiB"
printf '%-9s %6s %9s %9s %9s %9s %9s %6s %8s\n' workload docs CPU parse print wall bytes pages peak
"$bench" F "${BENCH_F:-500}"
"$bench" L 1000 "${BENCH_L:-10}"
"$bench" L 20000 "${BENCH_LL:-2}"
"$bench" cold "$DANZHENG" "$DANZHENG_HOME/tests/records/exhibition_filing-approved.json" \
    filing_application 10
"$bench" cold "$DANZHENG" "$DANZHENG_HOME/tests/records/disc_import-filed.json" \
    import_certificate 10
