#!/bin/sh
# Debian's PostgreSQL, as programs alone: the tests make a cluster of their own, the package none.
set -eu
for program in /usr/lib/postgresql/*/bin/postgres; do
  if [ -x "$program" ]; then exit 0; fi
done
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then
  echo "PostgreSQL is missing, and only root can install it, on Debian: its tests are skipped" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# In runlevel 1 the package starts nothing.
export RUNLEVEL=1
if [ ! -e /etc/postgresql-common ]; then
  mkdir -p /etc/postgresql-common/createcluster.d
  echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.d/no-main.conf
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends postgresql
