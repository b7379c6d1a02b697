#!/bin/bash
# danzheng sealer: real keys in a process of its own; papers without the mark of a test, the same
# seal at every reprint, and nothing at all when it cannot be asked.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
filing=$records/exhibition_filing-approved.json
printf 'correct horse' >"$scratch/pass"
printf 'wrong' >"$scratch/wrong"
cp -r "$DANZHENG_HOME/config" "$DANZHENG_HOME/layouts" "$DANZHENG_HOME/fonts" .
export DANZHENG_HOME=$PWD
sealer=

# sealer_start ARGUMENTS…: until it is ready, or has ended; its words are kept.
sealer_start() {
    "$DANZHENG" sealer --passphrase 3 "$@" 3<"$scratch/pass" 2>"$scratch/sealer" &
    sealer=$!
    for _ in $(seq 1200); do
        grep -q ready "$scratch/sealer" && return
        kill -0 $sealer 2>"$scratch/null" || return
        sleep 0.05
    done
}
sealer_stop() { kill "-$1" $sealer && { wait $sealer; ended=$?; } 2>"$scratch/null"; }
sealer_says() { grep -qF -- "$1" "$scratch/sealer"; }
trap '[ -z "$sealer" ] || kill -9 $sealer 2>"$scratch/null"; rm -rf "$scratch"' EXIT
sealed() { pdfdetach -save 2 -o /dev/stdout "$1"; }

keys() { run keys "$@" 3<"$scratch/pass" 4<"$scratch/pass"; }
keys new --new-root --name "Root 1" --dir roots --passphrase 3
cp "$scratch/stdout" config/roots.txt
rm config/keys.txt
keys new --name 某海关 --dir keys --passphrase 3 --kinds 2,3,4,5,6,7 --states 1 \
    --root roots/*.key --root-passphrase 4
ok "a site has its own root and list" status 0
keys new --name 某海关窗口 --dir keys --passphrase 3 --kinds 1 --states 0 --suite sm2 \
    --root roots/*.key --root-passphrase 4
ok "and another key for check sheets" status 0
run render "$filing" --output goods_list -o x.pdf
ok "without a sealer nothing is sealed by such a list" says SEAL_NOT_PERMITTED

sed -i "s|^socket =|socket = $PWD/socket|; s|^keys =|keys = $PWD/keys|; s|^log =|log = $PWD/log|" \
    config/danzheng.ini
run render "$filing" --output goods_list -o x.pdf
ok "a sealer that does not run is told" says SEALER_DOWN
ok "as try later" status 75
run check
ok "and is no fault of the configuration" status 0

sealer_start
ok "it starts with the paths of danzheng.ini" sealer_says "ready on $PWD/socket with 2 keys and 0 seals"
ok "its socket is for owner and group" [ "$(stat -c %a socket)" = 660 ]
ok "its log for the owner" [ "$(stat -c %a log)" = 600 ]
ok "it has no privileges to gain" grep -qE '^NoNewPrivs:\s*1' "/proc/$sealer/status"
ok "and a filter on what it calls" grep -qE '^Seccomp:\s*2' "/proc/$sealer/status"
run render "$filing" --all -o papers
ok "papers are sealed" status 0
list=papers/exhibition_filing-approved.goods_list.pdf
ok "a formal paper bears no mark of a test" [ -z "$(pdftotext "$list" - | grep 仅供)" ]
ok "a check sheet bears its own" \
    grep -q 仅供核对 <(pdftotext papers/exhibition_filing-approved.check_sheet.pdf -)
ok "the file dates from the seal, not the record" \
    [ -z "$(pdfinfo -meta "$list" | grep 'CreateDate>2024-08-14')" ]
run render "$filing" --output goods_list -o again.pdf
ok "a reprint is the same, byte for byte" cmp again.pdf "$list"
run render "$filing" --output check_sheet -o again.pdf
ok "under SM2 too" cmp again.pdf papers/exhibition_filing-approved.check_sheet.pdf

run sealer --passphrase 3 3<"$scratch/pass"
ok "a second sealer is refused" says SEALER_BUSY
sealer_stop TERM
ok "it ends at SIGTERM" [ $ended -eq 0 ]
ok "and takes its socket away" [ ! -e socket ]
sealer_start
ok "started again it has its log" sealer_says "and 3 seals"
run render "$filing" --output goods_list -o again.pdf
ok "and gives the same seals" cmp again.pdf "$list"

change '"goods_name": "' '"goods_name": "新' "$filing" >"$scratch/other.json"
run render "$scratch/other.json" --output goods_list -o x.pdf
ok "another content under the same version is refused" says VERSION_CONFLICT
ok "as a bad record" status 65
sealer_stop TERM
# the sealer has other rules than the renderer
cp -r . "$scratch/strict"
sed -i '/^\[status approved\]/,/^$/s/^print.*/print = check_sheet/' \
    "$scratch/strict/config/rules/exhibition_filing.ini"
DANZHENG_HOME=$scratch/strict sealer_start
change '"version": ' '"version": 1' "$filing" >"$scratch/next.json"
run render "$scratch/next.json" --output goods_list -o x.pdf
ok "what the sealer's own rules forbid is not sealed" says PRINT_NOT_PERMITTED
ok "nor printed" [ ! -e x.pdf ]

one_line "$filing" | perl -ne 'for my $i (1..200) {
    my $r = $_; $r =~ s/Z011020240000031/sprintf "Z%015d", $i/eg; print $r }' >"$scratch/lines"
sealer_stop TERM
sealer_start
mkfifo "$scratch/feed"
"$DANZHENG" batch --out batch <"$scratch/feed" >"$scratch/answers" 2>&1 &
batch=$!
exec 7>"$scratch/feed"
head -n 150 "$scratch/lines" >&7
until [ "$(ls batch 2>"$scratch/null" | grep -c pdf)" -ge 20 ]; do sleep 0.01; done
{ kill -9 $sealer; wait $sealer; } 2>"$scratch/null"
tail -n +151 "$scratch/lines" >&7
exec 7>&-
wait $batch
ok "killed in the middle of a batch, the rest is refused" grep -q SEALER_DOWN "$scratch/answers"
made=$(ls batch | grep -c pdf)
ok "and what was made stays ($made papers)" [ "$made" -gt 0 ]
sealer_start
"$DANZHENG" batch --out batch2 <"$scratch/lines" >"$scratch/answers" 2>&1
ok "afterwards all are made" [ "$(ls batch2 | grep -c pdf)" -eq 600 ]
same() { for paper in "$1"/*.pdf; do cmp "$paper" "$2/${paper#*/}" || return 1; done; }
ok "those that were made before are the same" same batch batch2
sealer_stop TERM
sealer_start
ok "and stand in the log once" sealer_says "and 603 seals"
sed 's/"Z0/"Y0/' "$scratch/lines" | head -n 60 >"$scratch/more"
for n in 3 4 5; do
    "$DANZHENG" batch --out batch$n <"$scratch/more" >"$scratch/answers$n" 2>&1 &
    at_once[n]=$!
done
wait "${at_once[@]}"
ok "many who ask at once are all answered" [ "$(ls batch3 batch4 batch5 | grep -c pdf)" -eq 540 ]
ok "with the same seals" same batch3 batch4
ok "all of them" same batch3 batch5
sealer_stop TERM
sealer_start
ok "each in the log once" sealer_says "and 783 seals"
sealer_stop TERM

printf torn >>log
sealer_start
ok "a torn end is cut, and told" sealer_says "4 bytes of a torn end"
sealer_stop TERM
run sealer --passphrase 3 3<"$scratch/wrong"
ok "a wrong passphrase opens nothing" says PASSPHRASE_WRONG
ok "as a fault of the set-up" status 78
run sealer
ok "without one it does not start" says PASSPHRASE_MISSING
cp log "$scratch/log"
printf x | dd of=log bs=1 seek=1000 conv=notrunc status=none
run sealer --passphrase 3 3<"$scratch/pass"
ok "a log that was changed stops it" says SEAL_LOG_FAULT
cp "$scratch/log" log
for key in keys/*.key; do echo nonsense >"$key"; done
run sealer --passphrase 3 3<"$scratch/pass"
ok "a key that cannot be read stops it" says KEY_FAULT
rm keys/*
run sealer --passphrase 3 3<"$scratch/pass"
ok "no key at all too" says KEY_FAULT
sealer=
finish
