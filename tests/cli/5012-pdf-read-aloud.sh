#!/bin/bash
# What a clerk hears who does not see the paper: the title first among headings, every value behind
# its label, tables with their headings, codes by what they say, and every word once.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
expected=$DANZHENG_HOME/tests/cases/struct
export PYTHONDONTWRITEBYTECODE=1
aloud() { python3 "$DANZHENG_HOME/tests/lint/aloud.py" "$1"; }

run render --all -o . "$records"/*.json
ok "every paper renders" status 0
for paper in *.pdf; do
    name=${paper%.pdf}
    aloud "$paper" >"$scratch/aloud"
    ok "$name: is read aloud as it was" diff "$expected/$name.txt" "$scratch/aloud"
    ok "$name: has one title, at one place" \
        grep -qxE '(H1 )+' <(grep -oE '^  [A-Z][A-Za-z0-9]*' "$scratch/aloud" | uniq | grep -x '  H1' |
            tr -d '\n' | sed 's/^ *//; s/$/ /')
    ok "$name: nothing but the mark comes before it" [ "$(grep -nm1 '^  H1 ' "$scratch/aloud" |
        cut -d: -f1)" -le 3 ]
    ok "$name: the mark is said once" [ "$(grep -cE '仅供(核对|测试)' "$scratch/aloud")" -eq 1 ]
    ok "$name: the code says what it is" \
        grep -qE '^  Figure 核验二维码，单证编号 [A-Z0-9-]+$' "$scratch/aloud"
    ok "$name: no figure comes before the text" [ "$(grep -nm1 Figure "$scratch/aloud" |
        cut -d: -f1)" -gt "$(grep -nm1 'TD .' "$scratch/aloud" | cut -d: -f1)" ]
    ok "$name: every heading says of what" \
        [ -z "$(grep -E '^ *TH( |$)' "$scratch/aloud" | grep -v 'Scope /\(Row\|Column\)')" ]
done
for text in "$expected"/*.txt; do
    ok "$(basename "$text" .txt) is still made" [ -s "$(basename "$text" .txt).pdf" ]
done
finish
