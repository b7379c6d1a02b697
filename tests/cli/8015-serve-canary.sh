#!/bin/bash
# serve: it knows whether it is well, with any sealer, and when nobody asks for anything.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/canary.py"
