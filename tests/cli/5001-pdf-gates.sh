#!/bin/bash
# Every paper of every sample is a sound PDF, its fonts are embedded, its codes can be read from a
# picture, and its text comes out in reading order.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
expected=$DANZHENG_HOME/tests/cases/text

fonts_embedded() {
    pdffonts "$1" | tail -n +3 >"$scratch/fonts"
    [ -s "$scratch/fonts" ] && ! grep -vE ' yes yes yes +[0-9]+ +[0-9]+$' "$scratch/fonts"
}
sound() { qpdf --check "$1" | grep 'No syntax or stream encoding errors'; }
# read_back PDF PAGE: what a scanner sees of the page.
read_back() {
    pdftoppm -r 200 -gray -f "$2" -l "$2" "$1" "$scratch/page"
    zbarimg -q "$scratch"/page* 2>/dev/null >"$scratch/codes"
    rm "$scratch"/page*
}
# sealed URL: the number and the typed code that the seal in the address stands for.
sealed() {
    python3 -c 'import base64, hashlib, sys
text = sys.argv[1].rsplit("/", 1)[1]
seal = base64.b32decode(text + "=" * (-len(text) % 8))
code = base64.b32encode(hashlib.sha256(seal).digest()[:10]).decode()
print(seal[50:50 + seal[49]].decode(), "-".join(code[i:i + 4] for i in range(0, 16, 4)))' "$1"
}
same_text() { pdftotext -raw "$1" - | diff "$expected/$(basename "$1" .pdf).txt" -; }

for record in "$records"/*.json; do
    run render --all -o . "$record"
    ok "$(basename "$record") renders" status 0
done
for paper in *.pdf; do
    ok "$paper: qpdf finds it sound" sound "$paper"
    ok "$paper: every font is embedded, a subset, with its characters" fonts_embedded "$paper"
    pages=$(pdfinfo "$paper" | awk '/^Pages:/ { print $2 }')
    text=$(pdftotext -raw "$paper" -)
    for page in $(printf '1\n%d\n' "$pages" | sort -u); do
        read_back "$paper" "$page"
        url=$(sed -n 's/^QR-Code://p' "$scratch/codes")
        ok "$paper: page $page: the QR code reads" grep -qE \
            '^QR-Code:https://verify\.example\.invalid/s/[A-Z2-7]{200,270}$' "$scratch/codes"
        read -r number code < <(sealed "$url")
        case $paper in *.check_sheet.pdf)
            [ "$page" = 1 ] && ok "$paper: the bar code is the number" \
                grep -qx "CODE-128:$number" "$scratch/codes" ;;
        esac
    done
    ok "$paper: the number stands in its text" grep -qF "$number" <<<"$text"
    ok "$paper: the code stands in its text" grep -qF "$code" <<<"$text"
    case $paper in
    *.check_sheet.pdf) ok "$paper: it says 仅供核对" grep -q 仅供核对 <<<"$text" ;;
    *) ok "$paper: it says 仅供测试" grep -q 仅供测试 <<<"$text" ;;
    esac
    ok "$paper: its pages are counted" grep -q "第 *$pages *页 *共 *$pages *页" <<<"$text"
    ok "$paper: its text comes out in reading order" same_text "$paper"
done
for text in "$expected"/*.txt; do
    ok "$(basename "$text" .txt) is still made" [ -s "$(basename "$text" .txt).pdf" ]
done
finish
