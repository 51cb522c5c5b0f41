#!/bin/sh
# Prints the path of an nginx for the tests of deploy/nginx.conf, fetching Debian's into the folder $1 when it may. Prints
# nothing when there is none. It is unpacked and not installed: an installed one starts, and listens to everybody.
set -eu

find_it() { PATH="$PATH:/usr/sbin:$1/usr/sbin" command -v "${NGINX_PATH:-nginx}" || true; }

found=$(find_it "$1")
if [ -z "$found" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "No nginx here: fetching Debian's for the tests of its configuration." >&2
    { mkdir -p "$1" && cd "$1" && apt-get update -qq && apt-get download -qq nginx && dpkg -x nginx_*.deb .; } >&2 </dev/null || true
    found=$(find_it "$1")
fi
if [ -z "$found" ]; then
    echo "The tests of deploy/nginx.conf do not run: install nginx, or set NGINX_PATH to one." >&2
    [ "${CI:-}" != true ] || exit 1
fi
echo "$found"
