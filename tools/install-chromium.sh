#!/usr/bin/env bash
# Installs Chromium (the distribution's) by apt where it is missing: the journeys drive it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/common.sh
. "$root/tools/common.sh"

[ -x /usr/bin/chromium ] && exit 0
command -v apt-get >/dev/null || die "/usr/bin/chromium is missing, and there is no apt here: install Chromium with your system's packages."
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || die "Chromium is missing: run tools/install-chromium.sh as root once."
  as_root=(sudo)
  say "Installing Chromium needs root: sudo may ask for your password."
  sudo -v
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=120)
heartbeat "apt-get update" "${apt[@]}" update || say "apt-get update failed; trying with the package lists that are there."
heartbeat "Installing Chromium by apt" "${apt[@]}" install --no-install-recommends chromium ||
  die "apt could not install Chromium (see above): mend that and start again."
