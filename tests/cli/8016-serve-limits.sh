#!/bin/bash
# serve: every limit is told, kept and counted.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/limits.py"
