#!/bin/bash
# danzheng keys: roots, keys and the list of them, from the first root to the leaked key; what is
# wrong changes nothing.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1
printf 'correct horse' >"$scratch/pass"
printf 'battery staple\n' >"$scratch/root"
printf 'wrong\n' >"$scratch/wrong"

# keys ARGUMENTS…: with the passphrase of keys on descriptor 3, that of roots on 4
keys() { run keys "$@" 3<"$scratch/pass" 4<"$scratch/root" 5<"$scratch/wrong"; }
of_list() { keys list --roots roots.txt --list keys.txt; }
root() { echo --roots roots.txt --list keys.txt --root roots/*.key --root-passphrase 4; }
id_of() { awk -v n="$1" '/^[0-9a-f]{8} |^[0-9a-f]+ / && ++i == n { print $1 }' "$scratch/stdout"; }
mode() { [ "$(stat -c %a "$1")" = "$2" ]; }

keys list
ok "the list that ships is one test key" status 0
ok "by its number" prints 06e3fd8f
ok "and its state" prints test

keys new --new-root --name "Root 1" --dir roots --passphrase 4
ok "a root is made" status 0
ok "and its line printed" grep -qE '^root [0-9a-f]{8} ed25519 [A-Za-z0-9+/=]+ offline Root 1$' \
    "$scratch/stdout"
ok "its private key is encrypted" grep -q 'BEGIN ENCRYPTED PRIVATE KEY' roots/*.key
ok "and for its owner alone" mode roots/*.key 600
ok "other tools open it" openssl pkey -in roots/*.key -passin "file:$scratch/root" -noout
cp "$scratch/stdout" roots.txt

keys new --name 某海关 --dir keys --passphrase 3 $(root)
ok "a key is made and entered into a new list" status 0
of_list
ok "which is read" status 0
ok "under its root" prints "list 1 of"
ok "with the key in use" grep -qE '^[0-9a-f]{8} ed25519 active .* in use +某海关$' "$scratch/stdout"
first=$(id_of 1)
ok "whose private half lies in the folder" [ -s "keys/$first.key" ]
keys new --suite sm2 --dir keys --passphrase 3
ok "a key of SM2 is made without being listed" status 0
ok "and its public half printed" prints 'BEGIN PUBLIC KEY'
cp "$scratch/stdout" sm2.pem
keys new --public sm2.pem --name 另一海关 --kinds 1 --states 0 $(root)
ok "a public key made elsewhere is entered" status 0
of_list
second=$(id_of 2)
ok "as SM2" grep -qE "^$second sm2 +active" "$scratch/stdout"
keys new --public sm2.pem --name again $(root)
ok "but not twice" status 78
keys export "$second" --roots roots.txt --list keys.txt
ok "export prints it again" cmp "$scratch/stdout" sm2.pem

keys rotate "$first" --dir keys --passphrase 3 $(root)
ok "a key has a successor" status 0
of_list
ok "that is not in use yet" grep -qE '^[0-9a-f]{8} ed25519 active .* not yet 某海关$' "$scratch/stdout"
keys retire "$first" $(root)
of_list
ok "a key is retired, which is the end of its use" \
    grep -qE "^$first ed25519 retired .* over +某海关" "$scratch/stdout"
keys retire "$first" $(root)
ok "once" status 2
keys compromise "$second" $(root)
ok "of a leak one must say since when" status 2
keys compromise "$second" --since 2026-01-01T00:00:00+08:00 $(root)
of_list
ok "a key has leaked, and since when" \
    grep -qE "^$second sm2 +compromised .* since 2026-01-01T00:00:00\+08:00 另" "$scratch/stdout"
ok "and every change has its number" prints "list 5 of"

cp keys.txt before
ls keys >"$scratch/before"
keys new --name x --dir keys --passphrase 3 --roots roots.txt --list keys.txt --root roots/*.key \
    --root-passphrase 5
ok "a wrong passphrase of the root is told" says PASSPHRASE_WRONG
ok "with the exit of a faulty set-up" status 78
ok "and no key is left behind" cmp "$scratch/before" <(ls keys)
keys new --name x --dir keys $(root)
ok "a key without a passphrase is not made" says PASSPHRASE_MISSING
keys new --name x --dir keys --passphrase no-such-credential $(root)
ok "nor with a credential that is not there" says PASSPHRASE_MISSING
printf 'from systemd\n' >"$scratch/credential"
CREDENTIALS_DIRECTORY=$scratch keys new --dir other --passphrase credential
ok "a credential of systemd is a passphrase" status 0
ok "which opens the key" openssl pkey -in other/*.key -passin "pass:from systemd" -noout
keys new --name x --dir keys --passphrase 3 --from yesterday $(root)
ok "a time must be one" status 2
keys new --name x --dir keys --passphrase 3 --kinds 2,1 $(root)
ok "kinds ascend" status 2
keys retire 00000000 $(root)
ok "a key must be there" status 2
keys compromise "$first" --since 2026-01-01T00:00:00Z --root "keys/$first.key" \
    --root-passphrase 3 --roots roots.txt --list keys.txt
ok "a key that is no root signs no list" says KEY_LIST_FAULT
ok "all this changed nothing" cmp keys.txt before

sed -i 's/ retired - / active - /' keys.txt
of_list
ok "a list that was written by hand is not believed" status 78
finish
