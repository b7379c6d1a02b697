#!/bin/bash
# Codes are stencils, a sample a module: each viewer draws them so that they are read, whatever its
# resolution. What the QR code says is the seal that is attached; the bar code is the number.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

poppler() { pdftoppm -r "$2" -f "$3" -l "$3" -singlefile -gray "$1" "${4%.pgm}"; }
mupdf() { mutool draw -q -r "$2" -c gray -o "$4" "$1" "$3"; }
ghost() {
    gs -q -dSAFER -dBATCH -dNOPAUSE -sDEVICE=pgmraw -r"$2" -dFirstPage="$3" -dLastPage="$3" \
        -o "$4" "$1"
}
# scan VIEWER PDF DPI PAGE: what a reader of its picture says.
scan() {
    "$1" "$2" "$3" "$4" "$scratch/page.pgm" >"$scratch/viewer" 2>&1 &&
        zbarimg -q "$scratch/page.pgm" 2>/dev/null
    rm -f "$scratch/page.pgm"
}
sealed() { pdfdetach -save 2 -o /dev/stdout "$1"; }
# reads VIEWER PDF DPI PAGE
reads() {
    local said
    said=$(scan "$@")
    [ -n "$said" ] && [ "$(sed -n 's/^QR-Code://p' <<<"$said")" = "$(sealed "$2")" ] ||
        { echo "$said"; return 1; }
    case $2 in *check_sheet*)
        [ "$4" != 1 ] || grep -q '^CODE-128:[A-Z0-9]' <<<"$said" ;;
    esac
}

for record in exhibition_filing-approved disc_import-filed; do
    run render --all -o usual "$records/$record.json"
    ok "$record renders" status 0
    run render --all --dpi 203 -o thermal "$records/$record.json"
    ok "$record renders for 203 dpi" status 0
done
for paper in usual/*.pdf; do
    name=$(basename "$paper" .pdf)
    last=$(pdfinfo "$paper" | awk '/^Pages:/ { print $2 }')
    for dpi in 150 200 300; do
        ok "$name: poppler at $dpi dpi" reads poppler "$paper" $dpi 1
    done
    ok "$name: MuPDF at 200 dpi" reads mupdf "$paper" 200 1
    ok "$name: Ghostscript at 200 dpi" reads ghost "$paper" 200 1
    ok "$name: the last page" reads poppler "$paper" 200 "$last"
done
for paper in thermal/*.pdf; do
    for viewer in poppler mupdf ghost; do
        ok "$(basename "$paper" .pdf) for 203 dpi: $viewer" reads $viewer "$paper" 203 1
    done
done
finish
