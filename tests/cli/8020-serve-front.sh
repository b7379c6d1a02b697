#!/bin/bash
# serve: no client holds up another, is told what is not so, or has more than its share.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/front.py"
