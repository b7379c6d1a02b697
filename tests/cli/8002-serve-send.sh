#!/bin/bash
# send: the service from a shell; how the service begins and ends.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

filing=$records/exhibition_filing-approved.json
socket=$scratch/danzheng.sock

run send --socket "$socket" "$filing" -o papers
ok "nobody answers: exit 74" status 74
ok "and says so" says SOCKET_FAILED

"$DANZHENG" serve --socket "$socket" 2>"$scratch/serve" &
service=$!
trap 'kill "$service" 2>/dev/null; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do [ -S "$socket" ] && break; sleep 0.05; done

run send --socket "$socket" "$filing" --output goods_list -o one.pdf
ok "one paper: exit 0" status 0
"$DANZHENG" render "$filing" --output goods_list -o render.pdf
ok "the same bytes as render makes" cmp one.pdf render.pdf
run send --socket "$socket" "$filing" -o papers
ok "without --output every permitted paper" [ "$(ls papers | wc -l)" -eq 3 ]
ok "named by number, version and output" [ -s papers/Z011020240000031.v4.check_sheet.pdf ]
run send --socket "$socket" "$filing" --output goods_list -o -
ok "to standard output" cmp "$scratch/stdout" render.pdf
run send --socket "$socket" "$records/exhibition_filing-draft.json" --output goods_list -o no.pdf
ok "a refusal: exit 77" status 77
ok "with its code" says PRINT_NOT_PERMITTED
ok "and no file" [ ! -e no.pdf ]
ok "and the line of the rule" says "rule: config/rules/exhibition_filing.ini"
echo '{' >bad.json
run send --socket "$socket" bad.json -o papers
ok "a bad record: exit 65" status 65
change '"reviewer"' '"nonsense"' "$filing" >bad.json
change '"customs_opinion"' '"also"' bad.json >worse.json
run send --socket "$socket" worse.json -o papers
ok "every fault of a record, not the first alone" sh -c "grep -c 'error\[' '$scratch/stderr' | grep -qv '^1$'"
run send --socket "$socket" "$records/disc_import-filed.json" -o disc.pdf
ok "FILE.pdf without --output takes the only paper there is" grep -q '^%PDF' disc.pdf
run send --socket "$socket" "$filing" -o several.pdf
ok "but not the first of several: usage" status 2
ok "and no file" [ ! -e several.pdf ]
run send --socket "$socket" --op fly "$filing" -o papers
ok "an operation that does not exist: usage" says "one of: render issue"
run send --socket "$socket" --op status
ok "--op status prints the answer" prints '"state":"serving"'
run send --socket "$socket" --op status -o papers
ok "and takes no -o: usage" status 2
run send --socket "$socket" --op revise "$filing"
ok "what needs a registry is refused without one" says OP_UNAVAILABLE
run send --socket "$socket" "$filing" -o -
ok "several papers on standard output: usage" status 2
run send --socket "$socket"
ok "nothing to send: usage" status 2
echo '{"op":"ping","id":"9"}' | "$DANZHENG" send --socket "$socket" --raw >raw
ok "--raw passes the protocol through" grep -q '"id":"9","ok":true' raw

run serve --socket "$socket"
ok "a second service on the same socket does not start: exit 74" status 74
ok "and the first still answers" "$DANZHENG" send --socket "$socket" "$filing" -o papers
run serve
ok "neither --socket nor --pipe: usage" status 2
run serve --pipe --socket "$socket"
ok "both: usage" status 2

# with a registry
kept=$scratch/kept.sock
disc=$records/disc_import-filed.json
"$DANZHENG" serve --socket "$kept" --state "$scratch/state" 2>>"$scratch/serve" &
other=$!
trap 'kill "$service" "$other" 2>/dev/null; rm -rf "$scratch"' EXIT
for _ in $(seq 200); do [ -S "$kept" ] && break; sleep 0.05; done
run send --socket "$kept" --op issue "$disc" -o copy.pdf
ok "issue says which paper: usage" status 2
issue() { run send --socket "$kept" --op issue "$disc" --output import_certificate "$@"; }
issue --key k1 -o original.pdf
ok "issue: the original" status 0
issue --key k1 -o again.pdf
ok "with its key again: the same copy" cmp original.pdf again.pdf
issue -o duplicate.pdf
ok "another one needs --reason" says REASON_MISSING
issue --reason 卡纸 -o duplicate.pdf
ok "and is a duplicate" sh -c "pdftotext duplicate.pdf - | grep -q 副本"
run send --socket "$kept" --op status GP3100002024000045
ok "status NUMBER has both" prints '"form":"duplicate"'
run send --socket "$kept" --op revise "$filing"
ok "revise" prints '"superseded":0'
run send --socket "$kept" --op withdraw GP3100002024000045
ok "withdraw needs --reason" says REASON_MISSING
run send --socket "$kept" --op withdraw GP3100002024000045 --reason 作废
ok "withdraw" prints '"withdrawn":2'
issue --reason 卡纸 -o no.pdf
ok "then no copy is issued" says NUMBER_WITHDRAWN
ok "and no file written" [ ! -e no.pdf ]
kill -TERM "$other"
wait "$other"

kill -TERM "$service"
wait "$service"
ok "TERM: exit 0" [ $? -eq 0 ]
ok "and the socket is gone" [ ! -e "$socket" ]
finish
