# shellcheck shell=bash
# What the scripts share. Sourced; expects `root` to be the repository's directory.

say() { printf '%s\n' "$*"; }

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# heartbeat WHAT COMMAND...: runs a silent command, says every 8 s that it goes on, shows its output when it fails.
heartbeat() {
  local what=$1 log code=0 ticker
  shift
  mkdir -p "$root/.build"
  log=$(mktemp "$root/.build/output.XXXXXX")
  say "$what"
  (
    seconds=0
    while sleep 8 >/dev/null 2>&1; do
      seconds=$((seconds + 8))
      say "  … still at it ($seconds s)"
    done
  ) &
  ticker=$!
  # Ctrl-C ends this script, and must end the ticker with it.
  trap 'kill "$ticker" 2>/dev/null || true; rm -f "$log"' EXIT
  "$@" >"$log" 2>&1 </dev/null || code=$?
  trap - EXIT
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  if [ "$code" -ne 0 ]; then
    tail -n 40 "$log" >&2
  fi
  rm -f "$log"
  return "$code"
}

# The .NET 10 SDK, without starting it: a warm start has no time for that.
require_dotnet() {
  local program folder
  program=$(command -v dotnet) ||
    die "The .NET 10 SDK is missing: install it (https://dotnet.microsoft.com/download) and start again."
  folder=$(dirname "$(readlink -f "$program")")
  compgen -G "$folder/sdk/10.*" >/dev/null || dotnet --list-sdks | grep -q '^10\.' ||
    die "The .NET 10 SDK is missing ($program has none): install it (https://dotnet.microsoft.com/download) and start again."
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
}

# What tests/Tidy lists the repository's files with.
require_git() {
  local as_root=()
  ! command -v git >/dev/null || return 0
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  if ! command -v apt-get >/dev/null || ! command -v "${as_root[0]:-true}" >/dev/null; then
    die "git is missing: install it with your system's packages and start again."
  fi
  [ "${#as_root[@]}" -eq 0 ] || sudo -v || die "git is missing, and only root may install it: run apt-get install git as root once."
  heartbeat "Installing git by apt" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -y -q -o DPkg::Lock::Timeout=120 install --no-install-recommends git || die "apt could not install git (see above)."
}

# One number for everything the program is made of: contents, not times, so that a checkout alone rebuilds nothing.
sources_digest() {
  (
    cd "$root"
    {
      find src tools/basemap tools/web.sh -type d \( -name bin -o -name obj -o -name node_modules \) -prune -o -type f -print0
      find . -maxdepth 1 -type f \( -name '*.props' -o -name '*.targets' -o -name '*.json' -o -name '.editorconfig' -o -name 'BannedSymbols.txt' \) -print0
    } | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16
  )
}
