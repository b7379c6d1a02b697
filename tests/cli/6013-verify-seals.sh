#!/bin/bash
# A seal by itself, as text, address or picture; official keys, other people's lists of keys, and
# the list of papers that hold no longer.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
filed=$records/disc_import-filed.json
head="import base64, hashlib, sys
def read(text):
    text = text.strip().split('/')[-1]
    return base64.b32decode(text + '=' * (-len(text) % 8))
def write(seal):
    return base64.b32encode(seal).decode().rstrip('=')
"

line() { [ "$(sed -n "$1p" "$scratch/stdout")" = "$2" ] || { cat "$scratch/stdout"; return 1; }; }
# verdict NAME WORD STATUS ARGUMENTS…
verdict() {
    run verify "${@:4}"
    ok "$1: $2" line 1 "$2"
    ok "$1: exit $3" status "$3"
    ok "$1: nothing on standard error" silent
}

run render "$filed" -o paper.pdf
pdfdetach -save 2 -o seal.txt paper.pdf
address=$(cat seal.txt)
letters=${address##*/}

# ---- the same seal, however it comes
verdict "a file with its text" TEST 10 seal.txt
ok "asks to compare" prints "compare what is printed with what it says"
ok "in Chinese too" prints "请逐项核对"
for row in "单证 document +赴境外加工光盘进口备案证明" "编号 number +GP3100002024000045" \
    "版本 version +1" "签发时间 issued +2024-06-11T14:35:10\+08:00" \
    "有效期至 valid until +2024-12-10" "持证单位 holder +3122260F05" \
    "核验码 code +[A-Z2-7-]{19}" "签发者 signed by +测试密钥"; do
    ok "lists: ${row%% +*}" grep -qE "^  $row" "$scratch/stdout"
done
ok "its code is the printed one" grep -qF "核验码 $(grep -oE '([A-Z2-7]{4}-){3}[A-Z2-7]{4}' "$scratch/stdout")" \
    <(pdftotext paper.pdf -)
run render "$records/exhibition_filing-approved.json" --output goods_list -o list.pdf
pdfdetach -save 2 -o list.txt list.pdf
verdict "a list's" TEST 10 list.txt
ok "lists the customs office" grep -qE "^  海关 customs +[0-9]{4}$" "$scratch/stdout"
ok "and how many goods" grep -qE "^  清单项数 lines +[0-9]+$" "$scratch/stdout"
run verify - <seal.txt
ok "standard input" line 1 TEST
verdict "an address" TEST 10 "$address"
verdict "at another host" TEST 10 "http://elsewhere.invalid:8080/a/b/$letters"
verdict "letters alone" TEST 10 "$letters"
verdict "small ones" TEST 10 "https://a.invalid/s/${letters,,}"
pdftoppm -r 200 -png paper.pdf page
pdftoppm -r 200 -jpeg paper.pdf page
for picture in page-1.png page-1.jpg; do
    verdict "$picture" TEST 10 $picture
done
pdftoppm -r 200 -png -f 1 -l 1 list.pdf list
verdict "a list's first page" TEST 10 list-*1.png
run render "$records/exhibition_filing-approved.json" --output check_sheet -o sheet.pdf
pdftoppm -r 200 -png -f 1 -l 1 sheet.pdf sheet
verdict "a check sheet" DRAFT 15 sheet-*1.png

for day in 20240610 20240611 20241210; do
    run verify seal.txt --on $day
    ok "$day: current" line 2 CURRENT
done
run verify seal.txt --on 20240610
ok "but before its issue it says so" prints "It was issued later: on 2024-06-11."
run verify seal.txt --on 20241211
ok "and expired after its last day" line 2 "EXPIRED 2024-12-10"
run verify seal.txt
ok "without a list of statuses it says so" prints "No status list was asked"

run verify seal.txt --json --on 2024-07-01
cp "$scratch/stdout" out.json
member() { [ "$(python3 -c "import json; v = json.load(open('out.json')); print($1)")" = "$2" ]; }
ok "JSON: the verdict" member 'v["verdict"]' TEST
ok "JSON: the seal's number" member 'v["seal"]["number"]' GP3100002024000045
ok "JSON: the last day" member 'v["seal"]["valid_until"]' 2024-12-10
ok "JSON: the text" member 'v["seal"]["text"]' "$address"

# ---- changed
flips() {
    local at new bad=0
    for ((at = 0; at < ${#letters}; at++)); do
        new=A
        [ "${letters:at:1}" = A ] && new=B
        run verify "${letters:0:at}$new${letters:at+1}"
        case $code in 20 | 22 | 23) ;; *) echo "letter $at: $code"; bad=1 ;; esac
    done
    return $bad
}
ok "no letter can be another" flips
verdict "cut" "NOT GENUINE" 20 "https://a.invalid/s/${letters%?????}"
verdict "another address" "NOT GENUINE" 20 https://a.invalid/ok
printf 'https://a.invalid/s/%s' "$(python3 -c "$head
seal = bytearray(read(sys.argv[1])); seal[0] = 0x21; print(write(seal))" "$address")" >newer.txt
verdict "a newer format" "NEWER FORMAT" 23 newer.txt
ok "tells to update" prints "请更新程序"

# ---- pictures that are none
verdict_code() { [ "$code" -eq "$1" ] && says "error[$2]" && [ ! -s "$scratch/stdout" ]; }
/usr/bin/python3 - <<'PYTHON'
from PIL import Image
Image.new("L", (400, 400), 255).save("white.png")
one, two = Image.open("page-1.png").convert("L"), Image.open("list-1.png" if __import__("os").path.exists("list-1.png") else "list-01.png").convert("L")
both = Image.new("L", (one.width + two.width, max(one.height, two.height)), 255)
both.paste(one, (0, 0))
both.paste(two, (one.width, 0))
both.save("both.png")
Image.new("1", (16000, 16000), 1).save("large.png")
PYTHON
run verify white.png
ok "a white page has no code" verdict_code 65 PICTURE_UNREAD
run verify both.png
ok "two papers are one too many" verdict_code 65 PICTURE_SEALS
head -c 3000 page-1.png >cut.png
run verify cut.png
ok "a picture that is cut off" verdict_code 65 PICTURE_UNREAD
run verify large.png
ok "one that takes too much" verdict_code 65 PICTURE_UNREAD
printf '\xFF\xD8\xFFpush graphic-context\nimage over 0,0 0,0 "https://a.invalid/x"\n' >trick.jpg
run verify trick.jpg
ok "one that is something else" verdict_code 65 PICTURE_UNREAD
printf 'GIF89a' >x.gif
run verify x.gif
ok "a format that is not read" verdict_code 65 FILE_UNKNOWN

# ---- beside a record
pdfdetach -save 1 -o record.json paper.pdf
verdict "its own record" TEST 10 seal.txt --record record.json
change 海关接收成功 予以备案 record.json >other.json
verdict "another record" "RECORD DIFFERS" 21 page-1.png --record other.json
ok "differs in its digest alone" grep -qE '^\(SHA-256\): paper "[0-9a-f]{64}", record "[0-9a-f]{64}"$' \
    "$scratch/stdout"
verdict "another number" "RECORD DIFFERS" 21 "$address" --record "$records/exhibition_filing-approved.json"
ok "is named" grep -qE '_no: paper "GP3100002024000045", record ' "$scratch/stdout"

# ---- papers that hold no longer
echo "GP3100002024000045 7 1 superseded" >papers.txt
run status make papers.txt -o old.status --at 2024-09-01T00:00:00+08:00
ok "a list is made" status 0
run status show old.status
ok "and shown" prints "1 superseded"
ok "with its time" prints "list of 2024-09-01T00:00:00+08:00"
verdict "superseded" TEST 10 paper.pdf --status old.status --on 2024-09-02
ok "is its standing" line 2 SUPERSEDED
ok "as of the list's time" prints "The status list is of 2024-09-01T00:00:00+08:00."
printf '# again\nGP3100002024000045 7 1 withdrawn\nGP3100002024000045 7 2 superseded\n' >papers.txt
run status make papers.txt -o new.status
verdict "withdrawn" TEST 10 page-1.png --status new.status
ok "is its standing, too" line 2 WITHDRAWN
verdict "another paper" TEST 10 list.txt --status new.status
ok "is as it was" line 2 CURRENT
run status make papers.txt
ok "a list needs a place" status 2
echo "GP3100002024000045 7 1 lost" >papers.txt
run status make papers.txt -o x.status
ok "a status that is none" status 78
ok "is named with its line" says "papers.txt:1"
ok "and no list is made" [ ! -e x.status ]
sed 's/withdrawn/superseded/' new.status | tr '\001' '\002' >x.status
cmp -s x.status new.status || run verify seal.txt --status x.status
ok "a list that was changed is refused" status 78
run verify seal.txt --status paper.pdf
ok "and what is no list" status 78

# ---- number and code
run verify GP3100002024000045 abcd-efgh-ijkl-mnop
ok "a typed code needs the log of seals" status 2
ok "and it says so" says "where the seals are kept"
run verify GP3100002024000045 1234
ok "what is no code is named" says "no code of 16 characters"

# ---- official keys: a home of our own
cp -r "$DANZHENG_HOME/config" "$DANZHENG_HOME/layouts" "$DANZHENG_HOME/fonts" .
export DANZHENG_HOME=$PWD
printf secret >pass
run keys new --new-root --name Root --dir keys --passphrase 3 3<pass
cp "$scratch/stdout" config/roots.txt
root=$(ls keys/*.key)
rm config/keys.txt
"$DANZHENG" keys new --suite ed25519 --dir keys --passphrase 3 3<pass >public.pem 2>/dev/null
key=$(ls keys/*.key | grep -vF "$root")
run keys new --public public.pem --name 测试海关 --root "$root" --root-passphrase 3 \
    --from 2024-06-11T00:00:00+08:00 --until 2024-06-12T00:00:00+08:00 --kinds 2,7 3<pass
ok "an official key is listed" status 0
# sealed NAME PYTHON: the sample's seal, changed, and signed by that key.
sealed() {
    python3 -c "$head
seal = bytearray(read(sys.argv[1]))[:-64]
seal[1:5] = bytes.fromhex(sys.argv[2])
$2
open('body', 'wb').write(seal)
open('message', 'wb').write(b'SW-DOC-SEAL-1\0' + seal)" "$address" "$(basename "$key" .key)"
    openssl pkeyutl -sign -inkey "$key" -passin file:pass -rawin -in message -out signature
    cat body signature | python3 -c "$head
print('https://a.invalid/s/' + write(sys.stdin.buffer.read()))" >"$1"
}
sealed official.txt ""
verdict "an official seal" GENUINE 0 official.txt --on 2024-07-01
ok "is current" line 2 CURRENT
verdict "its last day over" GENUINE 11 official.txt --on 2025-07-01
verdict "the test key, which is not listed" "UNKNOWN KEY" 22 seal.txt
verdict "its paper" "UNKNOWN KEY" 22 paper.pdf
sealed early.txt "seal[9:13] = (1718035200 - 8 * 3600 - 1).to_bytes(4, 'big')"
verdict "a second before its window" "NOT GENUINE" 20 early.txt
ok "and says why" prints "outside its key's window"
sealed kind.txt "seal[5] = 3"
verdict "a paper it may not seal" "NOT GENUINE" 20 kind.txt
ok "and says why, too" prints "may not seal this kind"
echo "GP3100002024000045 7 1 withdrawn" >papers.txt
run status make papers.txt -o real.status --at 2024-06-11T12:00:00+08:00 --key "$key" --passphrase 3 3<pass
ok "an official key signs the list" status 0
verdict "withdrawn by it" GENUINE 13 official.txt --status real.status --on 2024-07-01
echo "GP3100002024000045 7 1 superseded" >papers.txt
run status make papers.txt -o root.status --key "$root" --passphrase 3 3<pass
verdict "superseded, as the root says" GENUINE 12 official.txt --status root.status --on 2024-07-01
run verify official.txt --status old.status
ok "the test key's list counts nothing here" status 78
cp config/keys.txt good.txt
id=$(basename "$key" .key)
run keys compromise "$id" --since 2024-06-11T14:00:00+08:00 --root "$root" --root-passphrase 3 3<pass
verdict "sealed after the key had leaked" "NOT GENUINE" 20 official.txt
ok "which is said" prints "after its key had leaked"
cp good.txt config/keys.txt
run keys compromise "$id" --since 2024-06-11T15:00:00+08:00 --root "$root" --root-passphrase 3 3<pass
verdict "sealed before it" "UNKNOWN KEY" 22 official.txt
ok "needs another witness" prints "only a log that knows the seal"
sed 's/compromised [^ ]*/active -/' config/keys.txt >forged.txt
cp forged.txt config/keys.txt
run verify official.txt
ok "a list of keys that was changed is not believed" status 78
ok "and says why" says KEY_LIST_FAULT
cp "$records/../../config/keys.txt" config/keys.txt
run verify seal.txt
ok "nor one of another root" status 78
finish
