#!/bin/bash
# What the sanitizers of all processes of the tests before have found: nothing.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

# A process that is killed while its threads are searched for leaks is no finding.
none() {
    local found=0
    for report in "$REPORTS"/report.*; do
        grep -qv 'Unable to get registers from thread' "$report" 2>/dev/null || continue
        head -n 60 "$report"
        found=1
    done
    return $found
}

ok "$SANITIZED: no process of the tests has a report" none
finish
