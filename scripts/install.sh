#!/bin/sh
# Installs the npm packages when the lock file changed since the last time. No package's own script runs but that of
# `node`, which puts Node 24 into place.
set -eu
cd "$(dirname "$0")/.."

stamp=node_modules/.installed
now=$(cat package-lock.json package.json | sha256sum)
installed() { [ "$(cat "$stamp" 2>/dev/null)" = "$now" ]; }
if installed; then exit 0; fi

command -v npm >/dev/null || { echo 'Node.js 20 or newer with npm is needed: apt-get install nodejs npm' >&2; exit 1; }
# Two installations at once would break each other; the lock of the folder itself ends with this process.
if command -v flock >/dev/null; then
  exec 9<.
  flock --nonblock 9 || { echo 'Waiting for another installation …' >&2; flock 9; }
  if installed; then exit 0; fi
fi
echo 'Installing npm packages …' >&2
npm install --ignore-scripts --no-audit --no-fund --loglevel=error >&2
npm rebuild node --loglevel=error >&2
echo "$now" >"$stamp"
