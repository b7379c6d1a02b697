#!/bin/bash
# serve: requests for the same papers, and what their files are called.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/places.py"
