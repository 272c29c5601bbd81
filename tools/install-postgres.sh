#!/usr/bin/env bash
# Installs PostgreSQL 15 or newer (the distribution's), PostGIS and pgRouting where they are missing, by apt.
# Leaves no cluster of the system behind that was not there before: FieldCrm makes its own.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/common.sh
. "$root/tools/common.sh"

oldest=15
# Where the system's files lie; a test gives a folder of its own.
system=${FIELDCRM_SYSTEM_ROOT:-}

# The newest installed PostgreSQL that has both extensions.
usable() {
  local folder major
  for folder in "$system"/usr/lib/postgresql/*/bin/postgres "$system"/usr/pgsql-*/bin/postgres; do
    [ -x "$folder" ] || continue
    major=$(dirname "$(dirname "$folder")")
    major=${major##*/}
    major=${major#pgsql-}
    [ "$major" -ge "$oldest" ] 2>/dev/null || continue
    for share in "$system/usr/share/postgresql/$major/extension" "$system/usr/pgsql-$major/share/extension"; do
      if [ -f "$share/postgis.control" ] && [ -f "$share/pgrouting.control" ]; then
        return 0
      fi
    done
  done
  return 1
}

# The installed major to complete, else the distribution's.
wanted_major() {
  local folder major best=0
  for folder in "$system"/usr/lib/postgresql/*/bin/postgres; do
    [ -x "$folder" ] || continue
    major=$(basename "$(dirname "$(dirname "$folder")")")
    if [ "$major" -ge "$oldest" ] 2>/dev/null && [ "$major" -gt "$best" ]; then best=$major; fi
  done
  if [ "$best" -gt 0 ]; then
    printf '%s' "$best"
    return
  fi
  apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]\+\).*/\1/p' | head -n 1
}

usable && exit 0

command -v apt-get >/dev/null ||
  die "PostgreSQL $oldest or newer with PostGIS and pgRouting is missing, and there is no apt here: install these three with your system's packages, or set FIELDCRM_DATABASE to a server that has them."
without_root="PostgreSQL $oldest or newer with PostGIS and pgRouting is missing, and only root may install it: run $root/tools/install-postgres.sh as root once, or set FIELDCRM_DATABASE to a server that has them."
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || die "$without_root"
  as_root=(sudo)
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=120)

# sudo may ask for a password: before the output is hidden.
if [ "${#as_root[@]}" -gt 0 ]; then
  say "Installing PostgreSQL, PostGIS and pgRouting needs root: sudo may ask for your password."
  sudo -v || die "$without_root"
fi

heartbeat "apt-get update" "${apt[@]}" update ||
  say "apt-get update failed; trying with the package lists that are there."
major=$(wanted_major)
[ -n "$major" ] || die "apt knows no package postgresql: check /etc/apt/sources.list, or set FIELDCRM_DATABASE."
[ "$major" -ge "$oldest" ] ||
  die "This distribution has PostgreSQL $major; FieldCrm needs $oldest or newer: add the packages of https://apt.postgresql.org, or set FIELDCRM_DATABASE."

# A first installation of a server package makes and starts a cluster "main", unless it is told not to. We tell it for
# this installation only: what the administrator installs later behaves as ever, however this ends.
drop_in=$system/etc/postgresql-common/createcluster.d/fieldcrm.conf
forget_drop_in() { "${as_root[@]}" rm -f "$drop_in"; }
tell_no_cluster() {
  local configuration=$system/etc/postgresql-common/createcluster.conf
  "${apt[@]}" install --no-install-recommends postgresql-common &&
    "${as_root[@]}" mkdir -p "$(dirname "$drop_in")" &&
    printf 'create_main_cluster = false\n' | "${as_root[@]}" tee "$drop_in" >/dev/null || return
  grep -qs '^include_dir' "$configuration" ||
    printf "include_dir '%s'\n" "$(dirname "$drop_in")" | "${as_root[@]}" tee -a "$configuration" >/dev/null
}
# Called as a condition, where `set -e` is off: each step that may fail is asked.
quiet_install() (
  trap forget_drop_in EXIT
  if [ ! -x "$system/usr/lib/postgresql/$major/bin/postgres" ]; then
    tell_no_cluster || exit
  fi
  "${apt[@]}" install --no-install-recommends \
    "postgresql-$major" "postgresql-$major-postgis-3" "postgresql-$major-pgrouting"
)
heartbeat "Installing PostgreSQL $major, PostGIS and pgRouting by apt (no system-wide cluster is made)" quiet_install ||
  die "apt could not install them (see above): mend that and start again, or set FIELDCRM_DATABASE."
usable || die "The packages are installed but PostGIS or pgRouting is still not found for PostgreSQL $major."
