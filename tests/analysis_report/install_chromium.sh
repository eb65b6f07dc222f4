#!/bin/sh
# Debian's Chromium, and a font: without one a page shows boxes.
set -eu
if command -v chromium > /dev/null; then exit 0; fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then
  echo "these tests need Chromium; install it, or run them as root on Debian" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
