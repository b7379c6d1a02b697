#!/bin/bash
# A batch that is killed goes on, and comes to the same answers, files and manifest; a worker that
# is killed costs nothing, one that always ends on a record costs that record.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
. "$DANZHENG_HOME/tests/signing.sh" || exit 1
: "${ROUNDS:=10}"

# records N: as many, each with its own number; every seventh is refused, every eleventh a repeat.
records() {
    one_line "$records/disc_import-filed.json" >"$scratch/disc"
    N=$1 perl -ne 'for $i (1 .. $ENV{N}) { my $line = $_; my $n = $i % 11 ? $i : $i - 1;
        $line =~ s/GP3100002024000045/sprintf "GP%016d", $n/ge;
        $line =~ s/"予以备案"/"待审核"/ if $i % 7 == 0 && $i % 11;
        print $line; }' "$scratch/disc"
}
records 300 >lines
ok "the lines differ" [ "$(sort -u lines | wc -l)" -gt 200 ]
# Of answers, all but the time that they took and the folder.
plain() { sed 's/,"ms":[0-9.]*//; s/"file":"[^"]*\//"file":"/' "$1"; }
same_as_whole() {
    diff <(plain "$1.answers") <(plain whole.answers) >&2 && diff -r "$1" whole >&2 &&
        [ -z "$(find "$1" -name '.*' -type f)" ]
}

DANZHENG_HOME=$DANZHENG_HOME "$DANZHENG" batch --jobs 2 --out whole <lines >whole.answers 2>"$scratch/stderr"
code=$?
ok "an uninterrupted batch with refusals: exit 1" status 1
ok "it leaves no journal" [ ! -e whole/.danzheng-batch ]
ok "answers come in the order of the lines" sh -c \
    "grep -o '\"seq\":[0-9]*' whole.answers | cut -d: -f2 | sort -nc"
for jobs in 1 3; do
    "$DANZHENG" batch --jobs $jobs --out jobs$jobs <lines >jobs$jobs.answers 2>/dev/null
    ok "with --jobs $jobs everything is the same" same_as_whole jobs$jobs
done

# killed DIR OPTION…: killed at some moment, again and again, until one comes to its end.
killed() {
    local dir=$1 tries=0 pid
    shift
    while [ $((tries += 1)) -le 40 ]; do
        set -m # a process group: workers end with it, as when the power goes
        "$DANZHENG" batch --out "$dir" "$@" <lines >"$dir.answers" 2>"$scratch/stderr" &
        pid=$!
        set +m
        if [ $tries -lt 4 ]; then
            perl -e 'select undef, undef, undef, 0.05 + rand 0.3'
            kill -9 -- -$pid 2>/dev/null && kills=$((kills + 1))
        fi
        wait $pid 2>/dev/null
        code=$?
        [ $code -ne 137 ] && return
        # It had come to its end, but for leaving: what is run now would be another batch.
        [ -e "$dir/manifest.txt" ] && [ ! -e "$dir/.danzheng-batch" ] && code=1 && return
    done
}
round() {
    killed k "$@"
    [ $code -eq 1 ] && same_as_whole k
}
kills=0 bad=0
for i in $(seq "$ROUNDS"); do
    rm -rf k state
    if [ $((i % 2)) -eq 0 ]; then round --jobs 2; else round --jobs 1; fi || bad=$((bad + 1))
done
ok "killed at random moments, $ROUNDS rounds: the result is the same" [ $bad -eq 0 ]
ok "and it was killed indeed ($kills times)" [ $kills -ge "$ROUNDS" ]

"$DANZHENG" batch --state registered --out first <lines >first.answers 2>/dev/null
ok "with a registry the papers are the same" diff -r first whole
bad=0
for i in $(seq 5); do
    rm -rf k state
    killed k --jobs 2 --state state
    [ $code -eq 1 ] && diff -r k whole >&2 && "$DANZHENG" registry check --bytes --state state >"$scratch/stderr" 2>&1 &&
        [ "$("$DANZHENG" registry find --state state --only done --json | wc -l)" -eq "$(ls k/*.pdf | wc -l)" ] ||
        bad=$((bad + 1))
done
ok "with a registry, too, and every paper is registered as delivered" [ $bad -eq 0 ]

# part DIR OPTION…: a batch that lives until it has made some files
part() {
    local dir=$1
    shift
    "$DANZHENG" batch --jobs 2 --out "$dir" "$@" < <(head -n 100 lines; exec sleep 60) \
        >/dev/null 2>&1 &
    local pid=$!
    for _ in $(seq 200); do
        [ "$(find "$dir" -name '*.pdf' 2>/dev/null | wc -l)" -ge 20 ] && break
        sleep 0.05
    done
    kill -9 $pid
    wait $pid 2>/dev/null
}
part other
run batch --out other --profile 1b <lines
ok "an unfinished batch with other options: BATCH_DIFFERS" says BATCH_DIFFERS
ok "exit 65" status 65
run batch --out other < <(sed 's/上海/北京/' lines)
ok "with other lines: BATCH_DIFFERS" says BATCH_DIFFERS
sum=$(sha256sum other/*.pdf)
ok "and nothing of it is changed" [ "$sum" = "$(sha256sum other/*.pdf)" ]
printf 'line 7 torn' >>other/.danzheng-batch
touch other/.danzheng-batch-9999-0
"$DANZHENG" batch --out other <lines >other.answers 2>/dev/null
ok "a journal that is torn at its end goes on from there" same_as_whole other

# While one batch runs, another may not.
mkfifo pipe
"$DANZHENG" batch --out busy <pipe >/dev/null 2>&1 &
pid=$!
exec 7>pipe
while [ ! -e busy/.danzheng-batch ]; do sleep 0.05; done
run batch --out busy <lines
ok "a folder in which another batch is at work: BATCH_RUNNING" says BATCH_RUNNING
ok "exit 75" status 75
exec 7>&-
wait $pid

# workers PID: its children
workers() { cat "/proc/$1/task/$1/children" 2>/dev/null; }
"$DANZHENG" batch --jobs 2 --out lost <pipe >lost.answers 2>"$scratch/stderr" &
pid=$!
exec 7>pipe
head -n 150 lines >&7
while [ "$(workers $pid | wc -w)" -lt 2 ]; do sleep 0.02; done
one=$(workers $pid | cut -d' ' -f1)
kill -9 "$one"
tail -n +151 lines >&7
exec 7>&-
wait $pid
ok "a worker that is killed costs nothing" same_as_whole lost

one_line "$records/exhibition_filing-goods-50.json" |
    perl -MJSON::PP -ne '$r = decode_json($_); $g = $r->{data}{goods};
        $r->{data}{goods} = [map { @$g } 1 .. 380];
        print encode_json({outputs => ["goods_list"], record => $r}), "\n"' >long
{ head -n 10 lines; cat long; sed -n 11,60p lines; } >mixed
"$DANZHENG" batch --jobs 2 --out crash <mixed >crash.answers 2>"$scratch/stderr" &
pid=$!
# The long list is what keeps a worker busy when all else is done: that one is killed, twice.
busy() {
    local before after w
    for w in $(workers $pid); do
        before=$(cut -d' ' -f14 "/proc/$w/stat" 2>/dev/null) || continue
        sleep 0.12
        after=$(cut -d' ' -f14 "/proc/$w/stat" 2>/dev/null) || continue
        [ "$after" -gt "$before" ] && echo "$w"
    done
}
wait_until_ready() { for _ in $(seq 100); do [ "$(ls crash/*.pdf 2>/dev/null | wc -l)" -ge 7 ] && return; sleep 0.02; done; }
wait_until_ready
for _ in $(seq 200); do
    kill -0 $pid 2>/dev/null || break
    for w in $(busy); do kill -9 "$w" 2>/dev/null; done
done
wait $pid
code=$?
ok "a record on which workers end is answered" grep -q '"seq":11,.*"code":"RENDER_CRASHED"' crash.answers
ok "the batch goes on: exit 1" status 1
ok "every line has its answer" [ "$(grep -o '"seq":[0-9]*' crash.answers | sort -u | wc -l)" -eq 61 ]
finish
