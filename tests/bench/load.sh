#!/bin/bash
# Workload F through the socket: how many documents a second, and how long one takes; then a
# counter's requests, one at a time, while a batch runs at full speed.
#   tests/bench/load.sh LOAD BENCH [SECONDS]
set -eu
load=$1 bench=$2 seconds=${3:-10}
folder=$(mktemp -d)
service=
finish() {
    [ -z "$service" ] || kill "$service"
    wait
    rm -rf "$folder"
}
trap finish EXIT
chmod 755 "$folder"
"$bench" records 0 1 >"$folder/f.json"
# a home with a role for batches, which another user has
mkdir "$folder/home"
ln -s "$DANZHENG_HOME/fonts" "$DANZHENG_HOME/layouts" "$folder/home"
cp -r "$DANZHENG_HOME/config" "$folder/home/config"
cat >>"$folder/home/config/danzheng.ini" <<'END'

[role batch]
users   = 65534
lane    = batch
ops     = render
kinds   = *
outputs = *
owners  = *
END
as_other=()
[ "$(id -u)" != 0 ] || as_other=(setpriv --reuid=65534 --regid=65534 --clear-groups)
# start [--state DIR]: and waits until it answers
start() {
    DANZHENG_HOME=$folder/home "$DANZHENG" serve --socket "$folder/danzheng.sock" "$@" 2>"$folder/log" &
    service=$!
    until "$load" "$folder/danzheng.sock" "$folder/f.json" filing_application 1 1 0.5 \
        >"$folder/warm" 2>&1; do
        kill -0 "$service"
        sleep 0.1
    done
}
start
echo "32 connections, 8 requests open on each:"
"$load" "$folder/danzheng.sock" "$folder/f.json" filing_application 32 8 "$seconds"
echo "1 connection, 1 request at a time, alone:"
"$load" "$folder/danzheng.sock" "$folder/f.json" filing_application 1 1 "$seconds"
echo "the same, before a batch of 8 connections that keep 32 open:"
"${as_other[@]}" "$load" "$folder/danzheng.sock" "$folder/f.json" filing_application 8 32 $((seconds + 2)) >"$folder/batch" &
batch=$!
sleep 1
"$load" "$folder/danzheng.sock" "$folder/f.json" filing_application 1 1 "$seconds"
wait "$batch"
sed 's/^/  beside: /' "$folder/batch"
kill "$service"
wait "$service"
start --state "$folder/state"
echo "with a registry: 32 connections, 8 requests open on each:"
"$load" "$folder/danzheng.sock" "$folder/f.json" filing_application 32 8 "$seconds"
