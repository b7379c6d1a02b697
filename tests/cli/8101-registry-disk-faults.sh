#!/bin/bash
# A disk that fails while the registry is written: the n-th write, sync or open, for every n, once
# or for good, with EIO, ENOSPC or half a write. The caller is told, nothing is half done, and
# after opening again all that was acknowledged is there and more can be added.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
: "${NTH_SO:?make sets it}" "${REGISTRY_FAULTS:?make sets it}"

# every CALL WAY FOR PATH [told]: from the first call on, until there is none so late.
every() {
    local n=1 got=0
    while [ $n -le 500 ]; do
        rm -rf "$scratch/state"
        mkdir "$scratch/state"
        NTH_CALL=$1 NTH_WAY=$2 NTH_FOR=$3 NTH_PATH=$4 NTH_AT=$n LD_PRELOAD=$NTH_SO \
            "$REGISTRY_FAULTS" "$scratch/state/r" ${5:-} 2>"$scratch/stderr"
        got=$?
        [ $got -eq 3 ] && break
        [ $got -eq 0 ] || { echo "call $n: exit $got"; return 1; }
        n=$((n + 1))
    done
    [ $n -gt 1 ] || { echo "no call of this sort"; return 1; }
    [ $got -eq 3 ]
}

ok "a write of bytes fails with EIO, and is told" every write eio once segments/ told
ok "a sync of bytes fails with EIO, and is told" every sync eio once segments/ told
ok "a write of rows fails with EIO" every write eio once registry.db
ok "a sync of rows fails with EIO" every sync eio once registry.db
ok "a disk that stays full while bytes are written" every write enospc ever segments/
ok "a disk that stays full while rows are written" every write enospc ever registry.db-wal
ok "half of the bytes are written" every write short ever segments/
ok "half of the rows are written" every write short ever registry.db
ok "every sync fails from the n-th on" every sync eio ever /r
ok "a file cannot be opened" every open eio once /r/
finish
