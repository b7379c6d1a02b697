#!/bin/bash
# Where seals are kept, in the registry and in the sealer's log, a number and the code typed from
# a paper are enough; the registry tells the standing, and either is a witness for old seals.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
filing=$records/exhibition_filing-approved.json
number=Z011020240000031
sealer=
trap '[ -z "$sealer" ] || kill -9 $sealer 2>"$scratch/null"; rm -rf "$scratch"' EXIT
line() { [ "$(sed -n "$1p" "$scratch/stdout")" = "$2" ] || { cat "$scratch/stdout"; return 1; }; }
# verdict NAME WORD STATUS ARGUMENTS…
verdict() {
    run verify "${@:4}"
    ok "$1: $2" line 1 "$2"
    ok "$1: exit $3" status "$3"
}
# asked OP MEMBERS: the service, with the registry in ./state
asked() { printf '{"op":"%s","id":"1",%s}\n{"op":"bye","id":"2"}\n' "$1" "$2" |
    "$DANZHENG" serve --pipe --state state 2>"$scratch/serve" | grep -a '^{"id":"1"'; }
registers() { asked render "\"outputs\":[$2],\"record\":$(one_line "$1")" >"$scratch/answer"; }
code_of() { "$DANZHENG" registry find $number --state state --output "$1" --json |
    sed -n 's/.*"code":"\([A-Z2-7]*\)".*/\1/p' | tail -n 1; }
small() { echo "$1" | sed 's/..../&-/g; s/-$//' | tr A-Z a-z; }

# ---- in the registry
registers "$filing" '"goods_list","check_sheet"'
list=$(code_of goods_list)
"$DANZHENG" render "$filing" --output goods_list -o list.pdf
ok "the registry has the code that is printed" \
    grep -qF "$(small "$list" | tr a-z A-Z)" <(pdftotext list.pdf -)
verdict "number and code" TEST 10 $number "$list" --state state
ok "are in force" line 2 CURRENT
ok "as the registry says" prints "The standing is the registry's, as of now."
ok "and no status list is missed" [ "$(grep -c "status list" "$scratch/stdout")" -eq 0 ]
ok "what it says is listed, to be compared" grep -qE "^  单证 document +展览品清单" "$scratch/stdout"
cp "$scratch/stdout" before
run verify "${number,,}" "$(small "$list")" --state state
ok "hyphens and case do not matter" cmp -s before "$scratch/stdout"
verdict "a check sheet's" DRAFT 15 $number "$(code_of check_sheet)" --state state
verdict "the file" TEST 10 list.pdf --state state
ok "is in force, too" prints "The standing is the registry's, as of now."
run verify $number "$list" --state state --json
ok "JSON says so" python3 -c "import json, sys
v = json.load(open(sys.argv[1]))
assert v['seal']['registered'] is True and v['standing'] == 'CURRENT'" "$scratch/stdout"

other=${list%?}A
[ "$other" = "$list" ] && other=${list%?}B
run verify $number "$other" --state state
ok "another code is not found" says SEAL_NOT_KEPT
ok "as nothing that can be verified" status 65
ok "with nothing on standard output" [ ! -s "$scratch/stdout" ]
run verify Z011020240000032 "$list" --state state
ok "nor the code under another number" says SEAL_NOT_KEPT
run verify $number "$list"
ok "without a place to look it says which" says "give --state or --log"
ok "as usage" status 2
run verify $number "$list" --state nowhere
ok "a folder without a registry is told" says REGISTRY_MISSING
ok "as input" status 74
run verify $number 0123 --state state
ok "what is no code is told" says "letters and the digits 2 to 7"

"$DANZHENG" render "$records/disc_import-filed.json" -o disc.pdf
verdict "a file that was never registered" TEST 10 disc.pdf --state state
ok "is said to be none" prints "The registry does not have this seal."
change '"version": 4' '"version": 5' "$filing" >next.json
registers next.json '"goods_list"'
verdict "after a newer version" TEST 10 $number "$list" --state state
ok "the older is superseded" line 2 SUPERSEDED
ok "which tells by what" grep -qE "Version 5 was registered at 20[0-9T:+-]+\.$" "$scratch/stdout"
verdict "and its file" TEST 10 list.pdf --state state
ok "is, too" line 2 SUPERSEDED
"$DANZHENG" render "$filing" --output filing_application -o application.pdf
run verify application.pdf --state state
ok "the registry tells nothing of a paper that it never saw" line 2 CURRENT
ok "and says so, too" prints "The registry does not have this seal."
asked withdraw "\"number\":\"$number\",\"reason\":\"误登\"" >"$scratch/answer"
verdict "after it was withdrawn" TEST 10 list.pdf --state state
ok "it is withdrawn" line 2 WITHDRAWN
ok "with the reason" prints ": 误登."
run verify application.pdf --state state
ok "so is a paper of that number that was never registered" line 2 WITHDRAWN

# ---- in the sealer's log
cp -r "$DANZHENG_HOME/config" "$DANZHENG_HOME/layouts" "$DANZHENG_HOME/fonts" .
export DANZHENG_HOME=$PWD
printf secret >pass
run keys new --new-root --name Root --dir roots --passphrase 3 3<pass
cp "$scratch/stdout" config/roots.txt
rm config/keys.txt
run keys new --name 某海关 --dir keys --passphrase 3 --suite sm2 --root roots/*.key \
    --root-passphrase 4 3<pass 4<pass
sed -i "s|^socket =|socket = $PWD/socket|; s|^keys =|keys = $PWD/keys|; s|^log =|log = $PWD/log|" \
    config/danzheng.ini
"$DANZHENG" sealer --passphrase 3 3<pass 2>"$scratch/sealer" &
sealer=$!
for _ in $(seq 200); do grep -q ready "$scratch/sealer" && break; sleep 0.05; done
"$DANZHENG" render "$filing" --all -o papers
paper=papers/exhibition_filing-approved.filing_application.pdf
typed=$(pdftotext $paper - | grep -m 1 -oE '([A-Z2-7]{4}-){3}[A-Z2-7]{4}')
verdict "while the sealer runs" GENUINE 0 $number "$typed" --log log
ok "it is not known whether it was superseded" prints "No status list was asked"
verdict "with a registry that withdrew the number" GENUINE 13 $number "$typed" --log log --state state
ok "it is withdrawn" line 2 WITHDRAWN
run verify $number "$list" --log log
ok "the test key's seal is not in it" says SEAL_NOT_KEPT
kill $sealer
wait $sealer
sealer=
id=$(basename keys/*.key .key)
soon=$(date -d '+1 hour' +%Y-%m-%dT%H:%M:%S%:z)
run keys compromise "$id" --since "$soon" --root roots/*.key --root-passphrase 3 3<pass
verdict "a seal whose key leaked later" "UNKNOWN KEY" 22 $paper
ok "says where to ask" prints "(--log)"
verdict "is as good as its log" GENUINE 0 $paper --log log
ok "which is said" prints "but the seal was on record"
verdict "alone, too" GENUINE 0 $number "$typed" --log log
head -c 21 log >empty
verdict "a log without it does not help" "UNKNOWN KEY" 22 $paper --log empty
cp log torn
printf torn >>torn
verdict "a torn end harms nothing" GENUINE 0 $paper --log torn
perl -pi -e 'substr($_, 60, 1) ^= "x" if $. == 2' torn
run verify $number "$typed" --log torn
ok "a log that was changed is not believed" says SEAL_LOG_FAULT
ok "as a fault of the set-up" status 78
run verify $number "$typed" --log nowhere
ok "nor one that is not there" says FILE_READ
run keys compromise "$id" --since 2024-01-01T00:00:00+08:00 --root roots/*.key --root-passphrase 3 3<pass
verdict "sealed after its key had leaked" "NOT GENUINE" 20 $paper --log log
finish
