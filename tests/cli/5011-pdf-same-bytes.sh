#!/bin/bash
# The same record gives the same bytes: from two compilers, with and without optimisation, in other
# languages and time zones, and beside others. The twins are built beside the program and kept.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
twins=$(dirname "$DANZHENG")/twins

# build NAME ASSIGNMENT…: another build of the program; $twin is where it lies.
build() {
    twin=$twins/$1/debug/danzheng
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$DANZHENG_HOME" -s -j2 MODE=debug \
        BUILD="$twins/$1" WERROR= "${@:2}" "$twin"
}
# all COMMAND…: the digests of all papers, in both profiles.
all() {
    local to
    to=$(mktemp -d "$scratch/all.XXXX") || return
    for profile in 3u 1b; do
        "$@" render --all --profile $profile -o "$to/$profile" "$records"/*.json || return
    done
    (cd "$to" && sha256sum ./*/*.pdf)
}

all "$DANZHENG" >wanted
ok "papers are made" [ "$(grep -c '^[0-9a-f]* .*pdf$' wanted)" -gt 20 ]
ok "and differ from each other" [ -z "$(cut -d' ' -f1 wanted | sort | uniq -d)" ]
same() { all "$@" | diff - wanted; }
ok "twice the same" same "$DANZHENG"
ok "gcc without optimisation builds" build gcc-O0 CC=gcc CFLAGS=-O0
ok "and makes the same" same "$twin"
ok "clang builds" build clang CC=clang WARN_GCC= CFLAGS=-O2
ok "and makes the same" same "$twin"
for place in C:UTC zh_CN.UTF-8:Asia/Shanghai de_DE.UTF-8:America/New_York; do
    ok "$place makes the same" \
        same env LC_ALL="${place%%:*}" LANG="${place%%:*}" TZ="${place#*:}" "$DANZHENG"
done
ok "no clock of the environment changes anything" same env SOURCE_DATE_EPOCH=1 "$DANZHENG"
same "$DANZHENG" >"$scratch/beside" 2>&1 &
ok "beside another the same" same "$DANZHENG"
wait $!
ok "and so does the other" [ $? -eq 0 ]
finish
