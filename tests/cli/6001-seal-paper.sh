#!/bin/bash
# What a paper carries: the seal in the QR code of every page, its code to type, the seal and the
# record attached; codes on whole dots of the printer.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
filing=$records/exhibition_filing-approved.json

# scan PDF DPI PAGE: what the QR code says to a reader of its picture.
scan() {
    pdftoppm -r "$2" -f "$3" -l "$3" -gray "$1" "$scratch/page" &&
        zbarimg -q --raw -Sdisable -Sqrcode.enable "$scratch"/page*.pgm 2>"$scratch/zbar"
    rm -f "$scratch"/page*.pgm
}
sealed() { pdfdetach -save 2 -o /dev/stdout "$1"; }
matrix() { grep -oP 'matrix at \K.* qr \d+x\d+' "$1" | head -n 1; }
# dots DUMP DPI: corner and module of the QR code are whole dots, to a hundredth of one.
dots() {
    matrix "$1" | awk -v dpi="$2" '{ split($NF, n, "x"); w = $4 / n[1] * dpi / 72
        for (i = 1; i <= 3; i++) { v = i < 3 ? $i * dpi / 72 : w
            if ((v - int(v + 0.5)) ^ 2 > 1e-4) { print v " dots"; bad = 1 } }
        print n[1] " modules of " w " dots"; exit bad || w < 1.5 }'
}

run render "$filing" --all -o papers
ok "papers are made without any set-up" status 0
for output in check_sheet goods_list filing_application; do
    paper=papers/exhibition_filing-approved.$output.pdf
    seal=$(sealed "$paper")
    ok "$output: two files are attached, by name" [ "$(pdfdetach -list "$paper" |
        sed -n 's/^[0-9]*: //p' | paste -sd ' ')" = "record.json seal.txt" ]
    ok "$output: the QR code is the seal" [ "$(scan "$paper" 200 1)" = "$seal" ]
    ok "$output: which is an address" grep -qE '^https://verify.example.invalid/s/[A-Z2-7]{200,}$' \
        <<<"$seal"
    code=$(python3 -c 'import base64, hashlib, sys
text = sys.argv[1].split("/")[-1]
seal = base64.b32decode(text + "=" * (-len(text) % 8))
code = base64.b32encode(hashlib.sha256(seal).digest()[:10]).decode()
print("-".join(code[i:i + 4] for i in range(0, 16, 4)))' "$seal")
    ok "$output: its code is printed in groups of four" \
        grep -qF "核验码 $code" <(pdftotext "$paper" -)
done
list=papers/exhibition_filing-approved.goods_list.pdf
ok "every page has the same QR code" \
    [ "$(for page in 1 2 3; do scan "$list" 200 $page; done | sort -u)" = "$(sealed "$list")" ]
ok "other papers of the record have seals of their own" \
    [ "$(for paper in papers/*.pdf; do sealed "$paper"; done | sort -u | wc -l)" -eq 3 ]
ok "the record attached is the one sealed" python3 -c 'import base64, hashlib, sys
text = sys.argv[1].split("/")[-1]
seal = base64.b32decode(text + "=" * (-len(text) % 8))
assert seal[17:49] == hashlib.sha256(sys.stdin.buffer.read()).digest()' "$(sealed "$list")" \
    < <(pdfdetach -save 1 -o /dev/stdout "$list")
ok "the file says for which printer it is" grep -q '<render:dpi>300<' <(pdfinfo -meta "$list")
run render "$filing" --output goods_list --profile 1b -o old.pdf
ok "a twin without attachments shows the same seal" [ "$(scan old.pdf 300 1)" = "$(sealed "$list")" ]

for dpi in 203 300 600; do
    run render "$filing" --output goods_list --dpi $dpi --dump -o $dpi.dump
    ok "$dpi dpi: the QR code stands on whole dots" dots $dpi.dump $dpi
    run render "$filing" --output goods_list --dpi $dpi -o $dpi.pdf
    ok "$dpi dpi: and is read" [ "$(scan $dpi.pdf $dpi 1)" = "$(sealed "$list")" ]
done
ok "thermal paper takes level M" grep -q '57x57' <(matrix 203.dump)
ok "other paper level Q" grep -q '65x65' <(matrix 300.dump)
one_line "$filing" >"$scratch/line"
"$DANZHENG" batch --dpi 203 --out batch <"$scratch/line" >"$scratch/stdout" 2>&1
ok "a batch makes the same for thermal paper" cmp batch/*.goods_list.pdf 203.pdf
for dpi in 0 72 x 100000; do
    run render "$filing" --output goods_list --dpi $dpi -o x.pdf
    ok "$dpi dpi is no printer" status 2
done

change '"received_at": "2024-08-14' '"received_at": "1999-08-14' "$filing" >"$scratch/early.json"
run render "$scratch/early.json" --output check_sheet -o x.pdf
ok "before the key's window nothing is sealed" status 77
ok "and it says why" says KEY_WINDOW
change '"version": ' '"version": 7777' "$filing" >"$scratch/high.json"
run render "$scratch/high.json" --output check_sheet -o x.pdf
ok "a version that no seal can hold is refused" status 65
ok "with its place" says /version
ok "and no file is made" [ ! -e x.pdf ]

cp -r "$DANZHENG_HOME/config" "$DANZHENG_HOME/layouts" "$DANZHENG_HOME/fonts" .
export DANZHENG_HOME=$PWD
sed -i 's/ 1,2,3,4,5,6,7 / 1,2,3,4,5,6 /' config/keys.txt
run render "$filing" --output check_sheet -o x.pdf
ok "a list that its root did not sign is not believed" status 78
ok "and it says why" says KEY_LIST_FAULT
finish
