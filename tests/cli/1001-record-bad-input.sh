#!/bin/bash
# Every bad record has its code, its place and exit status 65, and leaves no file.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
filing=$records/exhibition_filing-approved.json

# refused NAME CODE PLACE < RECORD
refused() {
    cat >"$scratch/record.json"
    run render "$scratch/record.json" --output check_sheet -o paper.pdf
    ok "$1: exit 65" status 65
    ok "$1: $2" says "error[$2]"
    ok "$1: at $3" says "$3"
    ok "$1: no file" nothing_left
}

printf '{"schema":"danzheng-record/1",\n "kind": oops}' |
    refused "not JSON" JSON_SYNTAX "record.json:2:"
printf '[1,2]' | refused "not an object" RECORD_NOT_OBJECT ""
change '"danzheng-record/1"' '"danzheng-record/2"' "$filing" |
    refused "another schema" SCHEMA_WRONG /schema
change '"exhibition_filing"' '"exhibition_filling"' "$filing" |
    refused "an unknown kind" KIND_UNKNOWN /kind
for member in schema kind status received_at owner; do
    change "\"$member\":" "\"x_$member\":" "$filing" |
        refused "without $member" MEMBER_MISSING "/$member"
done
change '"version": 4' '"version": "4"' "$filing" |
    refused "a version that is a string" MEMBER_WRONG /version
change '"host_name"' '"host_nam"' "$filing" |
    refused "an unknown field" FIELD_UNKNOWN /data/host_nam
ok "an unknown field gets the nearest" says host_name
change '"agent_code": "1105980F01",' '' "$filing" |
    refused "without a required field" FIELD_MISSING /data/agent_code
change '"20240812"' '"20240230"' "$filing" |
    refused "a date that is none" DATE_INVALID /data/declare_date
change '"2024-08-14T15:22:41+08:00"' '"2024-08-14 15:22:41"' "$filing" |
    refused "a time that is none" TIME_INVALID /received_at
change '"86500.00"' '"86,500.00"' "$filing" |
    refused "a number with thousands marks" NUMBER_INVALID /data/total_area_sqm
change '"86500.00"' '86500.00' "$filing" |
    refused "a decimal that is a JSON number" FIELD_TYPE /data/total_area_sqm
change '"code": "0110"' '"code": "9999", "name": ""' "$filing" | change '"name": "平谷海关"' '"full_name": ""' - |
    refused "a code that no table has, without a name" CODE_UNKNOWN /data/master_customs
change '北京市商务局' "$(printf '\xe5\x8c')" "$filing" |
    refused "bytes that are no UTF-8" UTF8_INVALID "record.json:"
change '北京市商务局' '北京\u202e商务局' "$filing" |
    refused "a character that turns the text around" CHARACTER_FORBIDDEN /data/approving_body
change '北京市商务局' '北京\u0007商务局' "$filing" |
    refused "a control character" CHARACTER_FORBIDDEN /data/approving_body
change '北京市商务局' '北京\ue000商务局' "$filing" |
    refused "a private-use character" PRIVATE_USE /data/approving_body
change '北京市商务局' "$(printf '京%.0s' {1..257})" "$filing" |
    refused "a value longer than declared" FIELD_TOO_LONG /data/approving_body
change '"Z011020240000031"' '"z 01"' "$filing" |
    refused "a first number of another form" FIRST_NUMBER_FORM /data/exhibition_pre_entry_no
change '"北京市商务局"' "$(printf '[%.0s' {1..40})$(printf ']%.0s' {1..40})" "$filing" |
    refused "nested too deep" LIMIT_NESTING ""
change '"goods": [' "\"goods\": [$(printf '{"seq":1},%.0s' {1..20001})" "$filing" |
    refused "too many rows" LIMIT_ROWS /data/goods
head -c 17000000 /dev/zero | tr '\0' ' ' | refused "more than 16 MiB" LIMIT_LINE ""
change '查䶮' "查$(printf '\xf0\xae\xaf\xb0')" "$filing" |
    refused "a character that no face has" GLYPH_MISSING /data/material_review_principal
ok "the character's code point is named" says U+2EBF0
ok "the field's label is named" says 资料审查负责人
ok "faces that were tried are named" says noto-serif

change '"20240812"' '"2024"' "$filing" | change '"86500.00"' '"x"' - |
    refused "two faults" DATE_INVALID /data/declare_date
ok "all faults are told at once" says NUMBER_INVALID
ok "in Chinese and English" [ "$(grep -c . "$scratch/stderr")" -ge 4 ]

run render "$scratch/none.json" --output check_sheet -o paper.pdf
ok "a record that cannot be read: exit 74" status 74
ok "a record that cannot be read: FILE_READ" says FILE_READ
ok "no file at the end" nothing_left
finish
