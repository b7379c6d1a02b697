#!/bin/bash
# What the units for systemd say, done: their command lines, sockets, credentials, calls.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/units.py"
