#!/bin/bash
# A batch that is killed goes on, and comes to the same answers, files and manifest; a renderer that
# is killed costs nothing, a record on which two end is set aside.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
. "$DANZHENG_HOME/tests/signing.sh" || exit 1
: "${ROUNDS:=15}"

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
until [ -e busy/.danzheng-batch ]; do sleep 0.05; done
run batch --out busy <lines
ok "a folder in which another batch is at work: BATCH_RUNNING" says BATCH_RUNNING
ok "exit 75" status 75
exec 7>&-
wait $pid

# renderers PID: its children in their sandbox; the first child, which is not, is the batch itself
renderers() {
    local child
    for child in $(cut -d' ' -f2- "/proc/$1/task/$1/children" 2>/dev/null); do
        [ -n "${SANITIZED:-}" ] || grep -q '^Seccomp:.2' "/proc/$child/status" 2>/dev/null || continue
        echo "$child"
    done
}
# begin DIR OPTION…: a batch of lines that come through descriptor 7, and its renderers are there
begin() {
    local dir=$1
    shift
    "$DANZHENG" batch --jobs 2 --out "$dir" "$@" <pipe >"$dir.answers" 2>"$scratch/stderr" &
    pid=$!
    exec 7>pipe
    until [ "$(renderers $pid | wc -l)" -eq 2 ]; do sleep 0.02; done
}
# end: no more lines
end() {
    exec 7>&-
    wait $pid
    code=$?
}
# hit SIGNAL: a renderer that is at work gets it; false: none is
hit() {
    local child
    for child in $(renderers $pid); do
        grep -q '^State:.R' "/proc/$child/status" 2>/dev/null && kill "$1" "$child" 2>/dev/null && return
    done
    sleep 0.01
    return 1
}
answered() { grep -q "\"seq\":$1," "$2.answers"; }
# alone PID: it has no file open but sockets, and what leads nowhere
alone() {
    local fd
    for fd in /proc/"$1"/fd/*; do
        case $fd:$(readlink "$fd") in */2:* | *:socket:* | *:/dev/null) ;; *) return 1 ;; esac
    done
}

begin lost
if [ -z "${SANITIZED:-}" ]; then
    for child in $(renderers $pid); do
        ok "a renderer of a batch is in its sandbox" grep -q '^NoNewPrivs:.1' "/proc/$child/status"
        ok "with nothing open but its socket" alone "$child"
    done
fi
head -n 150 lines >&7
kill -9 "$(renderers $pid | head -n 1)"
tail -n +151 lines >&7
end
ok "a renderer that is killed costs nothing" same_as_whole lost

# list ROWS: a record that takes its while
list() {
    one_line "$records/exhibition_filing-goods-50.json" |
        ROWS=$1 perl -MJSON::PP -ne '$r = decode_json($_); $g = $r->{data}{goods};
            $r->{data}{goods} = [map { $g->[$_ % @$g] } 1 .. $ENV{ROWS}];
            print encode_json({outputs => ["goods_list"], record => $r}), "\n"'
}
list 4000 >long
{ cat long; sed -n 1,30p lines; } >mixed
"$DANZHENG" batch --out calm <mixed >calm.answers 2>/dev/null
# The long list alone, until it was hit; then the rest.
begin once
cat long >&7
until hit -KILL; do :; done
sed -n 1,30p lines >&7
end
ok "a record whose renderer is killed is made by another" \
    diff <(plain once.answers) <(plain calm.answers)
ok "and nothing else is there" diff -r once calm
mkdir home && ln -s "$DANZHENG_HOME"/{fonts,layouts} home && cp -r "$DANZHENG_HOME/config" home
sed -i "s/^patience .*/patience = $((${SANITIZED:+10} + 2))/; s/^recycle .*/recycle = 10/" \
    home/config/danzheng.ini
DANZHENG_HOME=$PWD/home begin hung
cat long >&7
until hit -STOP; do :; done
sed -n 1,30p lines >&7
end
ok "so is one whose renderer hangs; and renderers are replaced after a while" \
    diff <(plain hung.answers) <(plain calm.answers)

begin crash
cat long >&7
until answered 1 crash; do hit -KILL; done
sed -n 1,30p lines >&7
end
ok "the batch goes on: exit 1" status 1
ok "a record that ends two renderers has failed" \
    grep -q '"seq":1,.*"code":"RENDER_CRASHED"' crash.answers
ok "once" [ "$(grep -c RENDER_CRASHED crash.answers)" -eq 1 ]
ok "it is set aside" cmp <(tr -d '\n' <long) crash/set-aside-1.json
ok "which the answer says" grep -q '"aside":"crash/set-aside-1.json"' crash.answers
ok "and the manifest" sh -c 'cd crash && sha256sum --strict -c manifest.txt && grep set-aside-1.json manifest.txt'
run verify --manifest crash
ok "so that the folder is as it is listed" prints UNSIGNED
ok "all other records are made" diff <(plain crash.answers | tail -n +2) <(plain calm.answers | tail -n +2)

# Where memory ends in a renderer.
if [ -z "${SANITIZED:-}" ]; then
    begin short
    first=$(renderers $pid | head -n 1)
    size=$(awk '/^VmSize/ { print $2 }' "/proc/$first/status")
    prlimit --pid "$first" --as=$((size * 1024))
    list 19000 >&7
    sed -n 1,30p lines >&7
    end
    ok "memory that ends costs its record: MEMORY_LIMIT" \
        grep -q '"seq":1,.*"code":"MEMORY_LIMIT"' short.answers
    ok "exit 1" status 1
    ok "and no other" diff <(plain short.answers | tail -n +2) <(plain calm.answers | tail -n +2)
fi

# Told to stop, it ends in order, and goes on later.
begin told
head -n 100 lines >&7
until answered 20 told; do sleep 0.02; done
kill -TERM $pid
end
ok "a batch that is told to stop: exit 75" status 75
ok "and says how to go on" says CANCELLED
"$DANZHENG" batch --out told <lines >told.answers 2>/dev/null
ok "it goes on from there" same_as_whole told
finish
