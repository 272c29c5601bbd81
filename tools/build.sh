#!/usr/bin/env bash
# Publishes the program into .build/hub when its sources changed. The output of each build is a directory of its own and
# `hub` a link to the newest: what a running instance was started from never changes under it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/common.sh
. "$root/tools/common.sh"
umask 022

build=$root/.build
digest=$(sources_digest)
target=$build/hub-$digest

# Called as a condition, where `set -e` is off: each step that may fail is asked.
publish() {
  local architecture options=()
  case "$(uname -m)" in
    x86_64) architecture=x64 ;;
    aarch64 | arm64) architecture=arm64 ;;
    *) architecture= ;;
  esac
  # Compiled ahead, a restart after a kill serves in half the time; without the compiler's package it still works.
  if [ -n "$architecture" ] && dotnet restore "$root/src/Hub" -r "linux-$architecture" -p:PublishReadyToRun=true; then
    options=(-r "linux-$architecture" --self-contained false -p:PublishReadyToRun=true --no-restore)
  else
    dotnet restore "$root/src/Hub" || return
    options=(--no-restore)
  fi
  rm -rf "$target.new" || return
  dotnet publish "$root/src/Hub" -c Release "${options[@]}" -o "$target.new"
}

# Builds that neither the link nor a running instance uses.
remove_old() {
  local old
  for old in "$build"/hub-*; do
    [ "$old" != "$target" ] || continue
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -qF "$old/" || rm -rf "$old"
  done
}

link() {
  ln -sfn "hub-$digest" "$build/hub.new"
  mv -T "$build/hub.new" "$build/hub"
}

current() { [ "$(readlink "$build/hub" 2>/dev/null)" = "hub-$digest" ] && [ -f "$target/FieldCrm.Hub.dll" ]; }

current && exit 0
mkdir -p "$build"
exec 9>"$build/lock"
if ! flock -n 9; then
  say "waiting for another build to finish"
  flock 9
fi
current && exit 0
if [ ! -f "$target/FieldCrm.Hub.dll" ]; then
  # 9>&-: build servers outlive the build and must not keep the lock.
  heartbeat "Building FieldCrm (only when its sources changed)" publish 9>&- || die "The build failed (see above)."
  "$root/tools/web.sh" "$target.new" 9>&-
  rm -rf "$target"
  mv -T "$target.new" "$target"
fi
link
remove_old
