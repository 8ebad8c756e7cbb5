#!/bin/sh
# Installs the Debian packages named in the given lists, those that are missing only; says so when it can't.
# Of `a|b` it installs a; where that can't be had, b serves, too.
# Usage: docker/install-packages.sh LIST...
set -eu

installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

missing="" # what we do not go on without
better=""  # what would be better than what is installed
choices="" # what may have to be replaced by its second choice
for name in $(sed 's/#.*//' "$@"); do
    first=${name%%|*}
    second=${name#*|}
    if installed "$first"; then
        continue
    elif [ "$first" = "$second" ]; then
        missing="$missing $first"
    elif installed "$second"; then
        better="$better $first"
    else
        choices="$choices $name"
        missing="$missing $first"
    fi
done
[ -n "$missing$better" ] || exit 0

give_up() {
    [ -n "$missing" ] || exit 0 # it goes without what would be better
    echo "missing packages:$missing" >&2
    echo "$1" >&2
    exit 4
}
command -v apt-get >/dev/null || give_up "this is not a Debian system: install their like by hand, then run make again"
as_root=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
        give_up "neither root nor sudo: ask an administrator to run: apt-get install$missing"
    as_root="sudo"
fi
install() {
    # shellcheck disable=SC2086 # the list is meant to be split
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $1 >/dev/null
}
echo "installing:$missing$better" >&2
if [ -z "$missing" ]; then
    { $as_root apt-get update -qq && install "$better"; } || echo "it goes without:$better" >&2
    exit 0
fi
$as_root apt-get update -qq
for choice in $choices; do
    first=${choice%%|*}
    if ! apt-cache show "$first" >/dev/null 2>&1; then
        missing=$(echo "$missing" | sed "s/ $first\b/ ${choice#*|}/")
    fi
done
install "$missing"
if [ -n "$better" ]; then
    install "$better" || echo "it goes without:$better" >&2
fi
