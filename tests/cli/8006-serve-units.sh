#!/bin/bash
# The units for systemd: well formed, and hardened. Where systemd is not, nothing is tested.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

if ! command -v systemd-analyze >/dev/null; then
    echo "1..0 # skip no systemd-analyze"
    exit
fi
cp "$DANZHENG_HOME"/config/systemd/* .
sed -i "s@/usr/local/bin/danzheng@$DANZHENG@" ./*.service
exposed() { systemd-analyze security --offline=yes --threshold="$1" "./$2"; }

ok "the units are well formed" systemd-analyze verify --man=no ./*.service ./*.socket
ok "and systemd-analyze finds nothing to say" [ -z "$(systemd-analyze verify --man=no \
    ./*.service ./*.socket 2>&1)" ]
for unit in danzheng danzheng-sealer; do
    ok "the exposure of $unit is at most 1.0" exposed 10 $unit.service
    sed '/^NoNewPrivileges\|^Protect\|^Private\|^Restrict\|^SystemCall\|^Capability/d' \
        $unit.service >bare-$unit.service
    ok "which $unit without its walls does not reach" bash -c \
        "! systemd-analyze security --offline=yes --threshold=10 ./bare-$unit.service"
done

mkdir -p stamps/danzheng.service.d
cp danzheng.service ./*.socket stamps
cp danzheng-stamps.conf stamps/danzheng.service.d/stamps.conf
stamping() { SYSTEMD_UNIT_PATH=$PWD/stamps: systemd-analyze "$@" danzheng.service 2>&1; }
ok "with its drop-in danzheng is well formed" [ -z "$(stamping verify --man=no)" ]
ok "and may reach other machines" grep -q "✗ PrivateNetwork" <(stamping security --offline=yes)
ok "but its exposure is at most 2.0" stamping security --offline=yes --threshold=20

mkdir -p root/etc
systemd-sysusers --root="$PWD/root" - <danzheng.sysusers >users 2>&1
users() { cut -d: -f1 root/etc/passwd root/etc/group | sort -u; }
ok "every user and group of the units is made" [ -z "$(sed -n 's/^\(User\|Group\)=//p' ./*.service |
    sort -u | comm -23 - <(users))" ]
finish
