#!/bin/bash
# serve: what a reload takes, what it keeps, and what it says must wait.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/reload.py"
