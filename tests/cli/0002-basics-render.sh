#!/bin/bash
# render: which papers, and where they go.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
filing=$records/exhibition_filing-approved.json
disc=$records/disc_import-filed.json

is_pdf() { [ "$(head -c 5 "$1")" = %PDF- ]; }

run render "$filing" --output goods_list -o list.pdf
ok "one output goes into one file" status 0
ok "which is a PDF" is_pdf list.pdf
ok "and nothing else is there" left ./list.pdf
ok "and nothing is said" silent

run render "$disc" -o only.pdf
ok "where one output is permitted it need not be named" is_pdf only.pdf
run render "$filing" -o some.pdf
ok "where several are it must be" status 2
ok "and they are named" says "check_sheet, goods_list, filing_application"
ok "and no file is made" [ ! -e some.pdf ]

run render "$filing" --output check_sheet --output goods_list -o dir
ok "several outputs go into a folder that is made" status 0
ok "under the record's name" is_pdf dir/exhibition_filing-approved.check_sheet.pdf
ok "and the output's" is_pdf dir/exhibition_filing-approved.goods_list.pdf

"$DANZHENG" render - --output goods_list -o - <"$filing" >piped.pdf 2>"$scratch/stderr"
ok "from standard input to standard output" cmp piped.pdf list.pdf
ok "without a word" silent

run render "$filing" --output goods_list -o again.pdf
ok "the same record gives the same bytes" cmp again.pdf list.pdf

run render "$filing" --output goods_list -o list.pdf
ok "a file that is there is replaced" status 0

run render "$filing" --output goods -o none.pdf
ok "an unknown output is a usage error" status 2
ok "with its code" says OUTPUT_UNKNOWN
ok "and the outputs there are" says "check_sheet, goods_list, filing_application"

run render "$filing" --all -o all
ok "--all makes every paper that the status allows" [ "$(ls all | wc -l)" -eq 3 ]
run render "$records/exhibition_filing-draft.json" --all -o draft
ok "and leaves out what it does not" [ "$(ls draft)" = exhibition_filing-draft.check_sheet.pdf ]
ok "which is no failure" status 0

run render "$filing" --output check_sheet --printed-at 2024-08-15T09:00:00+08:00 -o timed.pdf
ok "a time of printing can be given" status 0
ok "and is printed" [ -n "$(pdftotext timed.pdf - | grep 2024 | grep '09:00')" ]
run render "$filing" --output check_sheet --printed-at yesterday -o bad.pdf
ok "but must be a time" status 2
run render "$filing" --output check_sheet -o untimed.pdf
ok "and is not printed when nobody gave it" [ -z "$(pdftotext untimed.pdf - | grep 打印时间)" ]

run render "$filing" --all --json -o json
ok "--json is one object a document" \
    perl -MJSON::PP -ne 'decode_json($_)->{ok} or die; $n++; END { die if $n != 3 }' \
    "$scratch/stdout"

cd / && run render "$disc" -o "$scratch/here/away.pdf"
ok "the folder it is called from does not matter" is_pdf "$scratch/here/away.pdf"
DANZHENG_HOME=/nonexistent run render "$disc" -o "$scratch/here/x.pdf"
ok "a home without data is a fault of configuration" status 78
finish
