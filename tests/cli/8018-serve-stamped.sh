#!/bin/bash
# serve: signed files with time-stamps, where an authority is named.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/stamped.py"
