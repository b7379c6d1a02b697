#!/bin/bash
# The sanitizer is there, and what it finds in a child comes to light.
. "${DANZHENG_HOME:?make sets it}/tests/cli/lib.sh" || exit 1

# finds FAULT WORDS: a report has them, and is taken away again
finds() {
    local found
    "$PLANT" "$1"
    grep -qhF "$2" "$REPORTS"/report.* 2>/dev/null
    found=$?
    rm -f "$REPORTS"/report.*
    return $found
}
nothing() { "$PLANT" none && ! ls "$REPORTS"/report.* 2>/dev/null; }

ok "$SANITIZED: no fault, no report" nothing
if [ "$SANITIZED" = tsan ]; then
    ok "a race of two threads is found" finds race "data race"
else
    ok "memory that is lost is found" finds leak "LeakSanitizer"
    ok "a use of freed memory is found" finds freed "heap-use-after-free"
    ok "a sum that is too large is found" finds overflow "signed integer overflow"
fi
finish
