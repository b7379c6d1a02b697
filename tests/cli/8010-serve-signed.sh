#!/bin/bash
# serve: signed files, where a registry keeps them.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/signed.py"
