#!/bin/bash
# Every bad record has its code, its place and exit status 65, and leaves no file.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
filing=$records/exhibition_filing-approved.json
record=$scratch/record.json

# refused NAME CODE PLACE: what stands in $record
refused() {
    run render "$record" --output check_sheet -o paper.pdf
    ok "$1: exit 65" status 65
    ok "$1: $2" says "error[$2]"
    ok "$1: at $3" says "$3"
    ok "$1: no file" nothing_left
}
# bad NAME CODE PLACE FROM TO: the sample with one text replaced
bad() {
    change "$4" "$5" "$filing" >"$record"
    refused "$1" "$2" "$3"
}

printf '{"schema":"danzheng-record/1",\n "kind": oops}' >"$record"
refused "not JSON" JSON_SYNTAX record.json:2:
printf '{"schema":"danzheng-record/1","schema":"danzheng-record/1"}' >"$record"
refused "a member given twice" JSON_SYNTAX record.json:1:
printf '[1,2]' >"$record"
refused "not an object" RECORD_NOT_OBJECT record.json
bad "bytes that are no UTF-8" UTF8_INVALID record.json: 北京市商务局 $'\xe5\x8c'
perl -e 'print " " x 17000000' >"$record"
refused "more than 16 MiB" LIMIT_LINE record.json
bad "nested too deep" LIMIT_NESTING record.json: '"北京市商务局"' \
    "$(printf '[%.0s' {1..40})$(printf ']%.0s' {1..40})"

bad "another schema" SCHEMA_WRONG /schema danzheng-record/1 danzheng-record/2
bad "an unknown kind" KIND_UNKNOWN /kind '"exhibition_filing"' '"exhibition_filling"'
ok "an unknown kind: the nearest" says exhibition_filing
for member in schema kind version status received_at owner; do
    bad "without $member" MEMBER_MISSING "/$member" "\"$member\":" "\"x_$member\":"
done
bad "a version that is a string" MEMBER_WRONG /version '"version": 4' '"version": "4"'
bad "a time that is none" TIME_INVALID /received_at \
    2024-08-14T15:22:41+08:00 '2024-08-14 15:22:41'

bad "an unknown field" FIELD_UNKNOWN /data/host_nam '"host_name"' '"host_nam"'
ok "an unknown field: the nearest" says host_name
bad "without a required field" FIELD_MISSING /data/agent_code '"agent_code": "1105980F01",' ''
bad "a date that is none" DATE_INVALID /data/declare_date 20240812 20240230
bad "a number with thousands marks" NUMBER_INVALID /data/total_area_sqm 86500.00 86,500.00
bad "a decimal that is a JSON number" FIELD_TYPE /data/total_area_sqm '"86500.00"' 86500.00
bad "a code that no table has, without a name" CODE_UNKNOWN /data/master_customs \
    '{
   "code": "0110",
   "name": "平谷海关"
  }' '"9999"'
bad "a first number of another form" FIRST_NUMBER_FORM /data/exhibition_pre_entry_no \
    Z011020240000031 'z 01'
bad "a value longer than declared" FIELD_TOO_LONG /data/approving_body 北京市商务局 \
    "$(printf '京%.0s' {1..257})"
perl -0pe 's/"goods": \[/"\"goods\": [" . "{\"seq\":1}," x 20001/e' "$filing" >"$record"
refused "too many rows" LIMIT_ROWS /data/goods

bad "a character that turns the text around" CHARACTER_FORBIDDEN /data/approving_body \
    北京市 '北\u202e京市'
bad "a control character" CHARACTER_FORBIDDEN /data/approving_body 北京市 '北\u0007京市'
bad "a private-use character" PRIVATE_USE /data/approving_body 北京市 '北\ue000京市'
bad "a character that no face has" GLYPH_MISSING /data/material_review_principal 查䶮 \
    "查$(printf "\U0002EBF0")"
ok "a character that no face has: its code point" says U+2EBF0
ok "a character that no face has: the field's label" says 资料审查负责人
ok "a character that no face has: the faces that were asked" says noto-serif

change 20240812 2024 "$filing" | change 86500.00 x - >"$record"
refused "two faults" DATE_INVALID /data/declare_date
ok "all faults are told at once" says "error[NUMBER_INVALID]"

record=$scratch/none.json
run render "$record" --output check_sheet -o paper.pdf
ok "a record that cannot be read: exit 74" status 74
ok "a record that cannot be read: FILE_READ" says "error[FILE_READ]"
finish
