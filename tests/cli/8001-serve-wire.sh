#!/bin/bash
# serve: the protocol's conformance files, over a pipe and over a socket.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/run.py" "$DANZHENG_HOME"/tests/wire/*.txt "$DANZHENG_HOME"/tests/wire/registry/*.txt
