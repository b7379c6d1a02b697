#!/bin/bash
# serve: with a sealer and keys of its own.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/sealer.py"
