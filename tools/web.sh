#!/usr/bin/env bash
# Builds what a browser loads:  tools/web.sh [FOLDER]
# npm packages, the base map, the map module (vite) and the console (dotnet publish) into .build/web, each of them only when what it
# is made of changed, by a digest of the contents. FOLDER is a published hub: it gets wwwroot/dispatch, wwwroot/basemap and
# basemap/roads.bin.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/common.sh
. "$root/tools/common.sh"
umask 022
hub=${1:-}
[ -z "$hub" ] || hub=$(realpath -m "$hub")
web=$root/.build/web
cd "$root"

new_enough() {
  command -v npm >/dev/null &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

# Debian 13 and its kin have a Node that will do; an older one is not touched.
install_node() {
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=120 install --no-install-recommends nodejs npm
}
if ! command -v node >/dev/null && command -v apt-get >/dev/null; then
  heartbeat "Installing Node.js by apt" install_node || say "apt could not install Node.js (see above)."
fi
new_enough || die "Node.js 20.19 or newer with npm is missing: install it (https://nodejs.org) and start again."

# digest PATH...: of names and contents; what only tests use is left out.
digest() {
  find "$@" -type d \( -name bin -o -name obj -o -name node_modules -o -name harness -o -name testing \) -prune -o -type f ! -name '*.test.*' ! -name '*.md' -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16
}

# step NAME DIGEST WHAT COMMAND...: unless the stamp says that it was done for exactly this.
step() {
  local stamp=$web/$1.stamp
  if [ "$(cat "$stamp" 2>/dev/null)" = "$2" ]; then return; fi
  rm -f "$stamp"
  # 8>&-: build servers outlive the build and must not keep the lock.
  heartbeat "${@:3}" 8>&- || die "The build failed (see above)."
  printf '%s' "$2" >"$stamp"
}

# Called as conditions, where `set -e` is off: each step that may fail is asked.
publish_console() {
  rm -rf "$web/dispatch" || return
  dotnet publish "$root/src/Dispatch" -c Release -v quiet -o "$web/dispatch"
}

# Stored compressed as well: nothing is compressed while a browser waits.
build_map() {
  npm run --silent build || return
  node --input-type=module -e '
    import fs from "node:fs"; import path from "node:path"; import zlib from "node:zlib";
    for (const name of fs.readdirSync(process.argv[1])) {
      const file = path.join(process.argv[1], name);
      fs.writeFileSync(`${file}.br`, zlib.brotliCompressSync(fs.readFileSync(file), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } }));
    }' "$web/map"
}

mkdir -p "$web"
exec 8>"$web/lock"
flock -n 8 || { say "waiting for another build to finish" && flock 8; }

[ -d node_modules ] || rm -f "$web/packages.stamp"
[ -f "$web/basemap/index.json" ] || rm -f "$web/basemap.stamp"
[ -f "$web/map/map.js.br" ] || rm -f "$web/map.stamp"
[ -f "$web/dispatch/wwwroot/index.html" ] || rm -f "$web/dispatch.stamp"
step packages "$(digest package.json package-lock.json)" "Fetching npm packages" npm ci --no-audit --no-fund
step basemap "$(digest tools/basemap package-lock.json)" "Building the offline base map" node tools/basemap/build.mjs .build/web/basemap
map=$(digest src/Map package-lock.json)
step map "$map" "Building the map" build_map
step dispatch "$(digest src/Dispatch src/Core ./*.props global.json)" "Building the console" publish_console
[ -n "$hub" ] || exit 0

# Links, not copies: a build writes new files and never into old ones. The map's folder is named by what it was made of, so that a
# browser keeps it for ever; the page says which one it is.
rm -rf "$hub/wwwroot" "$hub/basemap"
mkdir -p "$hub/wwwroot" "$hub/basemap"
cp -al "$web/dispatch/wwwroot" "$hub/wwwroot/dispatch"
cp -al "$web/map" "$hub/wwwroot/dispatch/map.$map"
cp -al "$web/basemap" "$hub/wwwroot/basemap"
mv "$hub/wwwroot/basemap/roads.bin" "$hub/basemap/roads.bin"
index=$hub/wwwroot/dispatch/index.html
style=$(cd "$hub/wwwroot/dispatch" && printf '%s' console.*.css)
sed "s|\"map/|\"map.$map/|g; s|\"console.css\"|\"$style\"|" "$web/dispatch/wwwroot/index.html" >"$index.new"
mv "$index.new" "$index"
rm -f "$index.br" "$index.gz"
