#!/bin/bash
# Every paper of every sample is PDF/A-3u and PDF/UA-1 for our own linter, and its twin PDF/A-1b for
# the linter and for PDFBox; the record comes out as it was digested; the linter is no blind guard.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
lint=$DANZHENG_HOME/tests/lint
export PYTHONDONTWRITEBYTECODE=1

sound() { qpdf --check "$1" | grep 'No syntax or stream encoding errors'; }
well_formed() { pdfinfo -meta "$1" | xmllint --noout -; }
preflight() {
    local jars=
    for jar in preflight pdfbox2 fontbox2 xmpbox commons-logging commons-io jaxb-api \
        javax.activation; do
        jars=$jars:/usr/share/java/$jar.jar
    done
    java -cp "$jars" org.apache.pdfbox.preflight.Validator_A1b batch "$1"
}
# Readers that follow the structure find the same words as those that follow the page.
same_words() {
    pdfinfo -struct-text "$1" | grep -oP '^ *"\K.*(?="$)' | tr -d ' \n' | wc -m >"$scratch/tree"
    [ "$(cat "$scratch/tree")" -gt 100 ]
}

run render --all -o new "$records"/*.json
ok "every paper renders" status 0
run render --all --profile 1b -o old "$records"/*.json
ok "and its twin" status 0
ok "there are as many twins" [ "$(ls new)" = "$(ls old)" ]

number=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["data"]["exhibition_pre_entry_no"])' \
    "$records/exhibition_filing-approved.json")
for paper in new/*.pdf; do
    name=$(basename "$paper" .pdf)
    ok "$name: PDF/A-3u and PDF/UA-1" python3 "$lint/lint.py" "$paper"
    ok "$name: PDF/A-1b" python3 "$lint/lint.py" "old/$name.pdf"
    ok "$name: qpdf finds the twin sound" sound "old/$name.pdf"
    ok "$name: the metadata are XML" well_formed "$paper"
    ok "$name: the twin's metadata are XML" well_formed "old/$name.pdf"
    ok "$name: the structure has its words" same_words "$paper"
    pdfdetach -save 1 -o record.json "$paper"
    ok "$name: the record that is attached renders the same bytes" \
        cmp "$paper" <("$DANZHENG" render record.json --output "${name#*.}" -o -)
    ok "$name: the text of the twin is the same" \
        cmp <(pdftotext -raw "$paper" -) <(pdftotext -raw "old/$name.pdf" -)
done
preflight old >"$scratch/preflight" 2>&1
ok "PDFBox finds every twin valid" \
    [ "$(grep -c 'is a valid PDF/A-1b file' "$scratch/preflight")" -eq "$(ls old/*.pdf | wc -l)" ]
grep -v 'is a valid' "$scratch/preflight" | sed 's/^/# /' | grep -v '^# *$' | head -n 20

filing=new/exhibition_filing-approved.filing_application.pdf
ok "an Arabic name is marked as Arabic" grep -qF '/Lang (ar)' <(qpdf --qdf --object-streams=disable \
    new/exhibition_filing-approved.check_sheet.pdf - | sed 's/Lang(/Lang (/')
ok "the metadata say what it takes to render again" [ "$(pdfinfo -meta "$filing" |
    grep -cE '<render:(output|profile|layout|release)>[^<]+</')" -eq 4 ]
ok "and nothing of a time that is not printed" \
    [ -z "$(pdfinfo -meta "$filing" | grep 'render:printedAt')" ]
run render "$records/exhibition_filing-approved.json" --output check_sheet \
    --printed-at 2024-08-15T09:00:00+08:00 -o timed.pdf
ok "a time that is printed is there too" grep -q \
    '<render:printedAt>2024-08-15T09:00:00+08:00</' <(pdfinfo -meta timed.pdf)
ok "the number is the subject" grep -q "$number" <(pdfinfo "$filing")
run render "$records/exhibition_filing-approved.json" --output goods_list --profile 2a -o x.pdf
ok "another profile is a usage error" status 2
ok "that names those there are" says "1b: PDF/A-1b"
ok "and no file is made" [ ! -e x.pdf ]
one_line "$records/disc_import-filed.json" >"$scratch/line"
"$DANZHENG" batch --profile 1b --out batch <"$scratch/line" >"$scratch/stdout" 2>&1
ok "a batch makes the same twin" cmp batch/*.pdf old/disc_import-filed.import_certificate.pdf

python3 "$lint/mutants.py" new/exhibition_filing-approved.goods_list.pdf \
    old/exhibition_filing-approved.goods_list.pdf >"$scratch/mutants"
ok "every fault is planted" [ "$(grep -c 'ok [0-9]* - ' "$scratch/mutants")" -gt 100 ]
while read -r line; do
    ok "the linter, ${line#* - }" [ "${line%% [0-9]*}" = ok ]
done < <(grep 'ok [0-9]* - ' "$scratch/mutants")
finish
