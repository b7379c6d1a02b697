#!/bin/bash
# config/README.md: what it tells those who run a site to do works, line by line.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

guide=$DANZHENG_HOME/config/README.md
mkdir "$scratch/site" "$scratch/run"
cp -r "$DANZHENG_HOME/config" "$scratch/site"
ln -s "$DANZHENG_HOME/fonts" "$DANZHENG_HOME/layouts" "$scratch/site"
export DANZHENG_HOME=$scratch/site SITE=$scratch/site
export ROOTS=$scratch/roots ROOT_PASS=$scratch/root.pass KEYS=$scratch/keys SEAL_PASS=$scratch/seal.pass
export SEALER=$scratch/run/sealer SOCKET=$scratch/run/danzheng ADMIN=$scratch/run/admin
export LOG=$scratch/seals STATE=$scratch/state OUT=$scratch/out BACKUP=$scratch/backup
export RECORD=$records/exhibition_filing-approved.json
echo 'a root of two' >"$ROOT_PASS"
echo 'a seal for all' >"$SEAL_PASS"
danzheng() { "$DANZHENG" "$@"; }
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$scratch"' EXIT

# block N: the N-th block of shell in the guide, in this shell; what it starts goes on.
block() {
    awk -v n="$1" '/^```bash$/ { k++; on = 1; next } /^```$/ { on = 0 } on && k == n' "$guide" >"$scratch/block"
    . "$scratch/block" >"$scratch/stdout" 2>"$scratch/stderr"
}
ready() {
    for _ in $(seq 600); do
        curl --fail --silent --unix-socket "$ADMIN" http://danzheng/readyz && return
        sleep 0.1
    done
    return 1
}

block 1
ok "two roots of the site's own" [ "$(grep -c '^root .* offline' "$SITE/config/roots.txt")" -eq 2 ]
block 2
ok "two keys are listed" [ "$(grep -c ' in use  某海关$' "$scratch/stdout")" -eq 2 ]
block 3
ok "the settings are well" prints 'no fault'
block 4 3>&-
ok "sealer and service start" ready
block 5
ok "a record in, a paper out, and it is genuine" prints GENUINE
block 6
ok "the service says that it is ready" prints '"ready":true'
for metric in $(grep -o '^| `danzheng_[^`]*' "$guide" | cut -c 4-); do
    ok "there is $metric" grep -qF "${metric%%\{*}" metrics.txt
done
block 7
ok "the backup is whole" prints 'the registry is whole'
ok "and the chain reaches what was written down" prints '1 checkpoints met'
ok "with the seals" [ -s "$BACKUP/seals" ]
count=$(grep -c '^```bash$' "$guide")
ok "no block was left out" [ "$count" -eq 7 ]
finish
