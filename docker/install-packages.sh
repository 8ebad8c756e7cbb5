#!/bin/sh
# Installs the Debian packages named in the given lists, those that are missing only; says so when it can't.
# Usage: docker/install-packages.sh LIST...
set -eu

missing=""
for name in $(sed 's/#.*//' "$@"); do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "missing packages:$missing" >&2
    echo "this is not a Debian system: install their like by hand, then run make again" >&2
    exit 4
fi
as_root=""
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "missing packages:$missing" >&2
        echo "neither root nor sudo: ask an administrator to run: apt-get install$missing" >&2
        exit 4
    fi
    as_root="sudo"
fi
echo "installing:$missing" >&2
$as_root apt-get update -qq
# shellcheck disable=SC2086 # the list is meant to be split
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
