#!/bin/bash
# serve: processes that are killed or hang, roles, reload, draining.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/faults.py"
