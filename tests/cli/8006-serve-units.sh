#!/bin/bash
# The units for systemd: well formed, and hardened. Where systemd is not, nothing is tested.
. "${DANZHENG_HOME:?make cli sets it}/tests/cli/lib.sh" || exit 1

if ! command -v systemd-analyze >/dev/null; then
    echo "1..0 # skip no systemd-analyze"
    exit
fi
cp "$DANZHENG_HOME"/config/systemd/* .
sed -i "s@/usr/local/bin/danzheng@$DANZHENG@" danzheng.service
ok "the units are well formed" systemd-analyze verify --man=no ./danzheng.service \
    ./danzheng.socket ./danzheng-admin.socket
ok "the service's exposure is at most 2.0" \
    systemd-analyze security --offline=yes --threshold=20 ./danzheng.service
sed -i '/^NoNewPrivileges\|^Protect\|^Private\|^Restrict\|^SystemCall\|^Capability/d' danzheng.service
ok "which a service that is not hardened does not reach" bash -c \
    '! systemd-analyze security --offline=yes --threshold=20 ./danzheng.service'
finish
