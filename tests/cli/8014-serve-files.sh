#!/bin/bash
# serve: files on a slow disk make nobody wait but who asked for them.
exec python3 "${DANZHENG_HOME:?make cli sets it}/tests/wire/files.py"
