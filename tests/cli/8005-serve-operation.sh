#!/bin/bash
# serve: handed-over sockets, readiness, watchdog, admin socket, log.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/operation.py"
