#!/bin/bash
# The pages of every sample, item by item, are what they were; a difference that is meant is taken
# over with `make golden`.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
pages=$DANZHENG_HOME/tests/cases/pages

run render --all --dump -o . "$records"/*.json
ok "every sample is set" status 0
for dump in *.dump; do
    ok "$dump is what it was" diff "$pages/$dump" "$dump"
done
for dump in "$pages"/*.dump; do
    ok "$(basename "$dump") is still made" [ -s "$(basename "$dump")" ]
done
finish
