#!/bin/bash
# Cells that may not grow: danzheng check proves them and lists what they hold; what does not fit
# goes to an annex page. Spread labels come out of the PDF whole.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

cp -r "$DANZHENG_HOME/config" "$DANZHENG_HOME/layouts" "$DANZHENG_HOME/fonts" .
home=$DANZHENG_HOME
export DANZHENG_HOME=$PWD
layout=layouts/exhibition_filing/filing_application.ini
record=$records/exhibition_filing-approved.json

with() {
    cp "$home/$layout" $layout
    printf '%s\n' "" "$@" >>$layout
}

with '[cell remarks]' 'row = 24mm' 'overflow = refuse'
run check
ok "a cell too small for the longest value: check exits 78" status 78
ok "and says so" says 'error[LAYOUT_GEOMETRY]'

with '[cell remarks]' 'row = 14mm' 'overflow = annex'
run check --cells
ok "a cell with an annex is listed" grep -q 'remarks .* of 2000: annex' "$scratch/stdout"

run render "$record" --output filing_application -o "$scratch/short.pdf"
ok "a short value is printed" status 0
pages=$(pdfinfo "$scratch/short.pdf" | awk '/^Pages/ { print $2 }')
long=$(printf '主场运输代理%.0s' {1..60})
sed "s/\"remarks\": \"[^\"]*\"/\"remarks\": \"$long\"/" "$record" >long.json
run render long.json --output filing_application -o "$scratch/long.pdf"
ok "a long value is printed" status 0
ok "on one page more" [ "$(pdfinfo "$scratch/long.pdf" | awk '/^Pages/ { print $2 }')" = $((pages + 1)) ]
text=$(pdftotext -raw "$scratch/long.pdf" - | tr -d '\n')
ok "the cell says where it goes on" grep -q '（续见附页 1）' <<<"$text"
ok "the annex has it whole" grep -q "$long" <<<"$text"

with
run render "$record" --output filing_application -o "$scratch/spread.pdf"
ok "spread labels are whole words" \
    [ "$(pdftotext -raw "$scratch/spread.pdf" - | grep -c '^主办单位\|^批准单位\|^开幕日期')" -ge 3 ]

with '[seal customs]' 'at = cell room' 'size = 42mm' 'image = seal.png'
run check
ok "a seal without its image is a fault" status 78
ok "that names it" says 'seal.png'

finish
