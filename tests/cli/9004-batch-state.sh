#!/bin/bash
# render and batch with --state: a paper is registered once and is the same bytes ever after.
# batch --shard, --jobs, and what it shows on a terminal.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

disc=$records/disc_import-filed.json
line=$(one_line "$disc")
change 上海 北京 "$disc" >other.json
change '"version": 1' '"version": 2' "$disc" >newer.json
change '"海关接收成功"' '"待审核"' "$disc" >pending.json
# of the answer: has MEMBERS
has() { prints "$1"; }

run render "$disc" --state state -o a/ --json
ok "a paper is made and registered" status 0
ok "which is no dup" sh -c "! grep -q dup '$scratch/stdout'"
run registry find --state state --only done --json
ok "it is registered as delivered, by this user" has "\"actor\":\"uid:$(id -u)\""
run render "$disc" --state state -o b/ --json
ok "again: dup" has '"dup":true'
ok "and the same bytes" cmp a/disc_import-filed.import_certificate.pdf b/disc_import-filed.import_certificate.pdf
run render "$disc" -o plain.pdf
ok "they are those that it makes without a registry" cmp plain.pdf a/disc_import-filed.import_certificate.pdf
run render other.json --state state -o c.pdf
ok "another content: exit 65" status 65
ok "VERSION_CONFLICT" says VERSION_CONFLICT
ok "and no file" [ ! -e c.pdf ]
run render pending.json --state refused -o c.pdf
ok "what is not permitted is refused: exit 77" status 77
run registry find --state refused --only void
ok "and was never begun" status 65
run render "$disc" --state state --profile 1b -o old.pdf --json
ok "another profile is another paper" sh -c "! grep -q dup '$scratch/stdout'"
run render newer.json --state state -o new.pdf
ok "a newer version is made" status 0
run render "$disc" --state state -o d.pdf --json
ok "the old one still comes from the store" has '"dup":true'
run render "$disc" --state state --printed-at 2024-08-14T15:22:41+08:00 -o e.pdf
ok "but no new paper of the old version: VERSION_OLD" says VERSION_OLD
run render "$disc" --state state --dump -o e.dump
ok "--dump and --state: usage" status 2
run render "$disc" --state plain.pdf -o f.pdf
ok "a state that is no folder: exit 74" status 74
ok "and no file" [ ! -e f.pdf ]

printf '%s\n%s\n' "$line" "$(one_line other.json)" >lines
run batch --state state --out batch <lines
ok "a batch gets what render registered" has '"dup":true'
ok "the same bytes" cmp a/disc_import-filed.import_certificate.pdf \
    batch/GP3100002024000045.v1.import_certificate.pdf
ok "another content is VERSION_CONFLICT" has '"code":"VERSION_CONFLICT"'
ok "exit 1" status 1
one_line other.json >lines
run batch --state state --out conflict <lines
ok "also against the registry" has '"code":"VERSION_CONFLICT"'
ok "with nothing stored" [ "$(ls conflict)" = "" ]
mkdir home && ln -s "$DANZHENG_HOME"/{fonts,layouts} home && cp -r "$DANZHENG_HOME/config" home
printf '[quota]\nduplicates = x\n' >>home/config/danzheng.ini
DANZHENG_HOME=$PWD/home run render "$disc" --state state -o g.pdf
ok "a quota that is no number: exit 78" status 78
# 1 MiB of segment is soon full; the next file follows
sed -i '/^\[quota\]/,$d' home/config/danzheng.ini
sed -i 's/^segment-mib.*/segment-mib = 1/' home/config/danzheng.ini
many() { N=$1 perl -ne 'for $i (1 .. $ENV{N}) { my $l = $_; $l =~ s/GP3100002024000045/sprintf "GP%016d", $i/ge; print $l }' <<<"$line"; }
many 40 >lines
DANZHENG_HOME=$PWD/home run batch --state small --out small-out <lines
ok "[registry] segment-mib is read" [ "$(ls small/segments | wc -l)" -gt 1 ]

mkfifo pipe
"$DANZHENG" batch --state state --out held <pipe >/dev/null 2>&1 &
pid=$!
exec 7>pipe
for _ in $(seq 200); do # until it holds the lock: asking the registry itself could take it first
    grep -q "POSIX.* $pid .*:$(stat -c %i state/lock) " /proc/locks && break
    sleep 0.05
done
run render "$disc" --state state -o h.pdf
ok "a registry that another process writes to: exit 75" status 75
exec 7>&-
wait $pid

run batch --shard --out shards <lines
ok "--shard spreads the files" [ "$(find shards -mindepth 1 -type d | wc -l)" -gt 20 ]
ok "by the hash of the number" sh -c 'cd shards && for f in */*.pdf; do
    n=${f#*/}; [ "$(printf %s "${n%%.*}" | sha256sum | cut -c1-2)" = "${f%%/*}" ] || exit 1; done'
ok "sha256sum reads the manifest" sh -c 'cd shards && sha256sum --strict -c manifest.txt'
run verify --manifest shards
ok "and so does verify: UNSIGNED" has UNSIGNED
one=$(cd shards && ls ??/*.pdf | head -n 1)
touch "shards/${one%/*}/more.pdf"
mv "shards/$one" kept
run verify --manifest shards
ok "a file that is missing in a shard is named" has "missing $one"
ok "and one that came later" has "extra ${one%/*}/more.pdf"

for jobs in 0 x 65; do
    run batch --jobs $jobs --out j <lines
    ok "--jobs $jobs: usage" status 2
done
shown() { script -qec "'$DANZHENG' batch $1 --out $2 <lines >/dev/null" /dev/null </dev/null >"$scratch/stdout"; }
many 400 >lines
shown "" t1
ok "on a terminal it shows records, rate and what is left" \
    grep -qaE '\[#*\.*\] +[0-9]+ %  [0-9]+ 条 records  [0-9]+/s  剩余 left [0-9]+:[0-9]{2}' "$scratch/stdout"
ok "and takes it away at the end" sh -c "tail -n 1 '$scratch/stdout' | grep -qaE '400 documents, 0 failed'"
shown --quiet t2
ok "not with --quiet" sh -c "! grep -qa records '$scratch/stdout'"
run batch --out t3 <lines
ok "nor where there is no terminal" [ "$(cat "$scratch/stderr")" = "batch: 400 documents, 0 failed" ]
run batch --help
for option in state jobs shard quiet; do ok "help knows --$option" has "--$option"; done
run help --man
ok "so does the manual page" has 'goes on when it is run again'
finish
