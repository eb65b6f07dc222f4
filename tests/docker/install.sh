#!/bin/sh
# What the tests of the Compose target need of Debian's packages: Docker itself, and the base of the test images.
set -eu
needed=""
for program in dockerd:docker.io docker:docker.io debootstrap:debootstrap iptables:iptables ip:iproute2; do
  command -v "${program%%:*}" > /dev/null || needed="$needed ${program#*:}"
done
[ -n "$needed" ] || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then
  echo "these tests need root and Debian's packages:$needed" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# The tests start a Docker of their own: in runlevel 1 the package starts none.
export RUNLEVEL=1
apt-get update -qq
# shellcheck disable=SC2086  # a list of words
apt-get install -y -qq --no-install-recommends $needed
