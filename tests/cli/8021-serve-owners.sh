#!/bin/bash
# serve: whose a number is, and who may change it.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/owners.py"
