#!/bin/bash
# serve: originals and duplicates, as they look and as they verify.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/copies.py"
