#!/bin/bash
# serve: refusals stand in the audit.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/audit.py"
