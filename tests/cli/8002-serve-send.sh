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
echo '{' >bad.json
run send --socket "$socket" bad.json -o papers
ok "a bad record: exit 65" status 65
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

kill -TERM "$service"
wait "$service"
ok "TERM: exit 0" [ $? -eq 0 ]
ok "and the socket is gone" [ ! -e "$socket" ]
finish
