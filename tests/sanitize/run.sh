#!/bin/bash
# Runs command-line tests with a program that has sanitizers (MODE=asan, MODE=tsan). The service
# replaces a child that ends and answers all the same, and often nobody reads what it says: so each
# process writes what its sanitizer finds to a file of its own, and one such file is a failure.
#   DANZHENG=… PLANT=… SANITIZED=MODE tests/sanitize/run.sh TEST…
set -u
: "${DANZHENG:?make sets it}" "${PLANT:?make sets it}" "${SANITIZED:?make sets it}"
REPORTS=$(mktemp -d)
export REPORTS
trap 'rm -rf "$REPORTS"' EXIT
export ASAN_OPTIONS=detect_leaks=1:log_path=$REPORTS/report
export UBSAN_OPTIONS=print_stacktrace=1:log_path=$REPORTS/report
export TSAN_OPTIONS=log_path=$REPORTS/report
export SOAK=${SOAK:-15}
here=$DANZHENG_HOME/tests
"$here/run.sh" "$here/sanitize/plant.sh" "$@" "$here/sanitize/reports.sh"
