#!/usr/bin/env bash
# Builds what the browser gets beside the .NET applications, each part only when its inputs changed:
#   .build/web/basemap   tiles, road graph, addresses     (served under /basemap/)
#   .build/web/map       map.js, map-worker.js, map.css   (served under /dispatch/map/)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/common.sh
. "$root/tools/common.sh"
cd "$root"

command -v node >/dev/null || die "Node.js is missing: install version 20.19 or newer and start again."
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  die "Node.js $(node --version) is too old: 20.19 or newer is needed."

# One number for the contents of files.
digest_of() { LC_ALL=C sha256sum "$@" | sha256sum | cut -c1-32; }
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

mkdir -p .build/web
exec 9>.build/web/lock
flock 9

packages=$(digest_of package.json package-lock.json)
if ! fresh node_modules/.stamp "$packages"; then
  heartbeat "Fetching npm packages" npm ci --no-audit --no-fund 9>&-
  echo "$packages" >node_modules/.stamp
fi

# The base map looks after its own stamp.
heartbeat "Making the base map (only when its sources changed)" node tools/basemap/build.mjs .build/web/basemap 9>&-

mapfile -t sources < <(find src/Map -type f \( -name '*.ts' -o -name '*.css' \) ! -name '*.test.ts' ! -path '*/harness/*' | LC_ALL=C sort)
map=$(digest_of package-lock.json "${sources[@]}")
if ! fresh .build/web/map.stamp "$map" || [ ! -f .build/web/map/map.js ]; then
  heartbeat "Building the map" npm run --silent build 9>&-
  echo "$map" >.build/web/map.stamp
fi
