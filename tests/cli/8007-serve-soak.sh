#!/bin/bash
# serve: nothing that was acknowledged is lost, whatever is killed. SOAK=1000 for longer.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/soak.py" "${SOAK:-100}"
