#!/bin/bash
# Every paper of every sample verifies; whatever was changed is NOT GENUINE; what the verdict says on
# its first line, the exit status says too.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
filed=$records/disc_import-filed.json

first() { [ "$(sed -n 1p "$scratch/stdout")" = "$1" ] || { cat "$scratch/stdout"; return 1; }; }
second() { [ "$(sed -n 2p "$scratch/stdout")" = "$1" ] || { cat "$scratch/stdout"; return 1; }; }
# verdict NAME WORD STATUS ARGUMENTS…: all three say the same, and nothing is on standard error.
verdict() {
    run verify "${@:4}"
    ok "$1: $2" first "$2"
    ok "$1: exit $3" status "$3"
    ok "$1: nothing on standard error" silent
}
# Only one verdict has the word.
no_not() { ! grep -qw NOT "$scratch/stdout"; }

# ---- as they were made
run render --all -o made "$records"/*.json
run render --all --printed-at 2024-08-15T09:00:00+08:00 -o timed "$records"/*.json
run render --all --profile 1b -o old "$records"/*.json
for paper in made/*.pdf timed/*.pdf old/*.pdf; do
    name=$(basename "$paper" .pdf)
    record=$records/${name%%.*}.json
    case $name in *.check_sheet) word=DRAFT exit=15 ;; *) word=TEST exit=10 ;; esac
    case $paper in old/*) set -- --record "$record" ;; *) set -- ;; esac
    verdict "$paper" $word $exit "$paper" "$@"
    ok "$paper: says no NOT" no_not
    ok "$paper: in Chinese too" grep -qE '^(测试单证|核对单).*。$' "$scratch/stdout"
done
ok "there were many" [ "$tests" -gt 100 ]
run verify - <made/disc_import-filed.import_certificate.pdf
ok "standard input" first TEST
run verify timed/disc_import-filed.import_certificate.pdf
ok "the time of printing is told" prints "2024-08-15T09:00:00+08:00"

# ---- for a caller with no standard input, output or error
for paper in made/disc_import-filed.*.pdf; do
    case $paper in *check_sheet*) word=15 ;; *) word=10 ;; esac
    run verify "$paper" <&-
    ok "$paper: no standard input" status $word
    "$DANZHENG" verify "$paper" <&- >&- 2>&-
    code=$?
    ok "$paper: none of them" status $word
done

# ---- the day
paper=made/disc_import-filed.import_certificate.pdf
for day in 2024-12-10 20241210; do
    run verify $paper --on $day
    ok "$day: in force on its last day" second CURRENT
done
run verify $paper --on 2024-12-11
ok "expired on the next" second "EXPIRED 2024-12-10"
ok "which changes nothing for a test" status 10
run verify $paper
ok "today is later" second "EXPIRED 2024-12-10"
for day in yesterday 2024-13-01 2024-1-1 20240230 ''; do
    run verify $paper --on "$day"
    ok "'$day' is no day" status 2
done
run verify made/exhibition_filing-approved.goods_list.pdf --on 20991231
ok "a list has no last day" second CURRENT

# ---- changed
cp $paper x.pdf
printf '\n' >>x.pdf
verdict "a byte appended" "NOT GENUINE" 20 x.pdf
cp $paper x.pdf
printf '1 0 obj\n<<>>\nendobj\nxref\n1 1\n0000000009 00000 n \ntrailer\n<</Size 2/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%%%EOF\n' >>x.pdf
verdict "a revision appended" "NOT GENUINE" 20 x.pdf
ok "and said to be so" prints "2 revisions"
head -c 20000 $paper >x.pdf
verdict "cut" "NOT GENUINE" 20 x.pdf
qpdf $paper x.pdf
verdict "written anew by another program" "NOT GENUINE" 20 x.pdf
qpdf --encrypt '' '' 256 -- $paper x.pdf
verdict "encrypted" "NOT GENUINE" 20 x.pdf
change 海关接收成功 予以备案 "$filed" >other.json
pdfdetach -save 1 -o record.json $paper
change 海关接收成功 予以备案 record.json >swapped.json
qpdf $paper --remove-attachment=record.json -- x.pdf
verdict "the record taken out" "NOT GENUINE" 20 x.pdf
qpdf x.pdf --add-attachment swapped.json --key=record.json --filename=record.json \
    --mimetype=application/json -- y.pdf
verdict "another record put in" "NOT GENUINE" 20 y.pdf
# The twin's metadata stand plain, so one can change them by hand.
old=old/disc_import-filed.import_certificate.pdf
sed 's/<render:output>import_certificate/<render:output>import_certificat_/' $old >x.pdf
verdict "another output said" "NOT GENUINE" 20 x.pdf --record "$filed"
sed 's/\(<render:layout>\)./\1_/' $old >x.pdf
verdict "another layout said" "NOT GENUINE" 20 x.pdf --record "$filed"
release=$("$DANZHENG" --version | cut -d' ' -f2)
sed "s/<render:release>$release/<render:release>${release%?}x/" $old >x.pdf
verdict "another release said once" "NOT GENUINE" 20 x.pdf --record "$filed"
sed "s/<render:release>$release/<render:release>${release%?}x/; s/danzheng $release/danzheng ${release%?}x/" \
    $old >x.pdf
verdict "another release" "SEAL ONLY" 14 x.pdf --record "$filed"
ok "which is named" prints "${release%?}x"
ok "and no NOT" no_not

# A byte here and there, in a tenth of the places that the unit test tries, through the whole program.
flips() {
    local at size bad=0
    size=$(stat -c %s $paper)
    for ((at = 991; at < size; at += 9973)); do
        cp $paper x.pdf
        printf '\x5A' | dd of=x.pdf bs=1 seek=$at conv=notrunc status=none
        cmp -s x.pdf $paper && continue
        run verify x.pdf
        [ "$code" = 20 ] || { echo "byte $at: $code"; bad=1; }
    done
    return $bad
}
ok "no byte can be another" flips

# ---- beside a record
verdict "its own record" TEST 10 $paper --record "$filed"
verdict "another record" "RECORD DIFFERS" 21 $paper --record other.json
ok "the field is named with both values" prints '/status: paper "海关接收成功", record "予以备案"'
run verify $old
ok "a twin needs its record" status 2
ok "and says so" says "give it with --record"
verdict "a twin with another" "NOT GENUINE" 20 $old \
    --record "$records/exhibition_filing-approved.json"
run verify $paper --record "$scratch/nowhere.json"
ok "a record that is not there" status 74
echo '{' >bad.json
run verify $paper --record bad.json
ok "a record that is none" status 65
ok "is named" says "bad.json:"

# ---- for programs
run verify $paper --json --on 20240101 --record "$records/exhibition_filing-approved.json"
cp "$scratch/stdout" out.json
member() { [ "$(python3 -c "import json; v = json.load(open('out.json')); print($1)")" = "$2" ]; }
ok "JSON: the verdict" member 'v["verdict"]' "RECORD DIFFERS"
ok "JSON: the exit" member 'v["exit"]' 21
ok "JSON: the paper" member 'v["paper"]["output"]' import_certificate
ok "JSON: the differences" member 'v["differences"][0]["at"][0]' /
ok "JSON: counted" member 'v["difference_count"] >= len(v["differences"]) > 3' True
ok "JSON: one line" [ "$(wc -l <out.json)" = 1 ]
run verify $paper --json --on 20240101
cp "$scratch/stdout" out.json
ok "JSON: the standing" member 'v["standing"]' CURRENT
ok "JSON: the sentence" member 'v["zh"][-1]' 。

# ---- no paper at all
echo hello >x
run verify x
ok "no PDF" status 65
ok "has a code" says "error[FILE_UNKNOWN]"
ok "and no verdict" [ ! -s "$scratch/stdout" ]
run verify nowhere.pdf
ok "no file" status 74
: >x
run verify x
ok "an empty file" status 65
run verify
ok "none named" status 2
echo '%PDF-1.7' >x
verdict "a head alone" "NOT GENUINE" 20 x
finish
