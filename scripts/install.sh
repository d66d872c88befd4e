#!/bin/sh
# Installs the npm packages when the lock file changed since the last time. No package's own script runs but that of
# `node`, which puts Node 24 into place.
set -eu
cd "$(dirname "$0")/.."

stamp=node_modules/.installed
now=$(cat package-lock.json package.json | sha256sum)
if [ "$(cat "$stamp" 2>/dev/null)" = "$now" ]; then exit 0; fi

command -v npm >/dev/null || { echo 'Node.js 20 or newer with npm is needed: apt-get install nodejs npm' >&2; exit 1; }
echo 'Installing npm packages …' >&2
npm install --ignore-scripts --no-audit --no-fund --loglevel=error >&2
npm rebuild node --loglevel=error >&2
echo "$now" >"$stamp"
