#!/bin/bash
# A paper is there whole or not at all.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
disc=$records/disc_import-filed.json

run render "$disc" -o none/paper.pdf
ok "a folder that is not there: exit 74" status 74
ok "a folder that is not there: FILE_WRITE" says "error[FILE_WRITE]"
ok "a folder that is not there: nothing left" nothing_left

run render "$disc" -o /dev/full
ok "a full device: exit 74" status 74
"$DANZHENG" render "$disc" -o - >/dev/full 2>"$scratch/stderr"
code=$?
ok "a full standard output: exit 74" status 74

touch file
run render "$disc" --all -o file
ok "a file where the folder should be: exit 74" status 74
ok "a file where the folder should be: it stays" [ ! -s file ]
rm file

(
    ulimit -f 10 # KiB
    trap '' XFSZ
    "$DANZHENG" render "$disc" -o paper.pdf >"$scratch/stdout" 2>"$scratch/stderr"
)
code=$?
ok "a write that stops half way: exit 74" status 74
ok "a write that stops half way: nothing left" nothing_left

run render "$disc" -o paper.pdf
ok "a paper has the permissions of umask" [ "$(stat -c %a paper.pdf)" = "$(printf %o $((0666 & ~$(umask))))" ]
finish
