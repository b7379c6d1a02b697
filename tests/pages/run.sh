#!/bin/bash
# Every paper of every sample looks as it did: its pages at 50 dpi, side by side on one sheet, are
# compared with the sheet that is kept here. When they differ, pages.html beside the program shows
# old, new and difference in one file. A change that is meant is taken over by --golden.
#   tests/pages/run.sh [--golden]
. "${DANZHENG_HOME:?make pages sets it}/tests/cli/lib.sh" || exit 1
: "${PAGES:?make pages sets it}"
kept=$DANZHENG_HOME/tests/pages
report=$(dirname "$DANZHENG")/pages.html
mkdir old new differences

# sheet PDF: new/NAME.png
sheet() {
    local name
    name=$(basename "$1" .pdf)
    pdftoppm -r 50 -gray "$1" "$scratch/page" &&
        "$PAGES" join "new/$name.png" "$scratch"/page-*.pgm
    local code=$?
    rm -f "$scratch"/page-*.pgm
    return $code
}
small() { [ "$(stat -c %s "$1")" -le 61440 ]; }
image() { printf '<td><img src="data:image/png;base64,%s">' "$(base64 -w0 "$1" 2>/dev/null)"; }
# row NAME SENTENCE: of the report
row() {
    printf '<h2>%s</h2>\n<p>%s\n<table><tr><th>old<th>new<th>difference<tr>\n' "$1" "$2"
    for picture in "$kept/$1.png" "new/$1.png" "differences/$1.png"; do
        if [ -s "$picture" ]; then image "$picture"; else printf '<td>–'; fi
    done
    printf '\n</table>\n'
}
same() {
    local said
    said=$("$PAGES" compare "$kept/$1.png" "new/$1.png" "differences/$1.png" 2>&1) && return
    row "$1" "$said" >>rows
    echo "$said; see $report"
    return 1
}

run render --all -o . "$records"/*.json
ok "every sample renders" status 0
for paper in *.pdf; do
    name=$(basename "$paper" .pdf)
    ok "$name: its sheet is made" sheet "$paper"
    ok "$name: its sheet takes at most 60 KB" small "new/$name.png"
done
if [ "${1-}" = --golden ]; then
    rm -f "$kept"/*.png
    cp new/*.png "$kept"
    finish
    exit
fi
for paper in *.pdf; do
    name=$(basename "$paper" .pdf)
    ok "$name looks as it did" same "$name"
done
for picture in "$kept"/*.png; do
    ok "$(basename "$picture" .png) is still made" [ -s "new/$(basename "$picture")" ]
done
rm -f "$report"
if [ -s rows ]; then
    {
        printf '<!DOCTYPE html><meta charset="utf-8"><title>pages</title>\n'
        printf '<style>body{font:14px sans-serif}td{vertical-align:top}img{border:1px solid}</style>\n'
        printf '<p>In the third column what is gone is red, what is new is blue.\n'
        cat rows
    } >"$report"
fi
finish
