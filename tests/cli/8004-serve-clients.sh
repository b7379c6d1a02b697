#!/bin/bash
# serve: clients that behave badly do not stop the others.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/clients.py"
