#!/bin/sh
# Prints the path of a Chromium for the browser tests, installing Debian's when it may. Prints nothing when there is none.
set -eu

find_it() { command -v "${CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome || true; }

found=$(find_it)
if [ -z "$found" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "No Chromium here: installing Debian's for the browser tests." >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends chromium fonts-roboto-unhinted; } >&2 </dev/null || true
    found=$(find_it)
fi
if [ -z "$found" ]; then
    echo "The browser tests do not run: install chromium, or set CHROMIUM to a Chromium or Chrome." >&2
    [ "${CI:-}" != true ] || exit 1
fi
echo "$found"
