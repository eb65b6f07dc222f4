#!/bin/sh
set -eu
chown -R redis:redis /data
# The official image is compiled with protected mode off: its port is not published unless somebody says so.
exec setpriv --reuid=redis --regid=redis --clear-groups redis-server --protected-mode no "$@"
