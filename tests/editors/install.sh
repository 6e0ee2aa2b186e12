#!/usr/bin/env bash
# Unpack Neovim (>= 0.12) and Helix beside the system, for the editor tests.
#
#   tests/editors/install.sh [DEST]        DEST defaults to .editors/ at the top of the repository
#
# The packages come from Debian's "forky" suite, from the mirror that this system already uses, and
# are checked against Debian's archive keys. Nothing is installed: a private apt root resolves the
# packages down to their own C library, and the editors run on that library, so that a newer editor
# works on an older Debian and the system is left alone. Child processes see none of it.
# The one exception is tmux, which the Helix test types into: as root it is installed when missing.
#
# Does nothing when DEST already holds working editors. Root is not needed.
#   LSP_COPILOT_DEBIAN_MIRROR   use this mirror instead of the system's
# Exit: 0 ready · 2 wrong use · 3 not possible on this machine, with the reason in one line
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -euo pipefail

readonly SUITE=forky
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
readonly LIBRARIES=usr/lib/x86_64-linux-gnu

say() { printf 'editors: %s\n' "$*"; }
give_up() { printf 'editors: %s\n' "$*" >&2; exit 3; }

# The version of an editor when it runs and is new enough, else nothing.
neovim_version() {
  local version
  version=$("$1/bin/nvim" --version 2>/dev/null | sed -n '1s/^NVIM v//p') || return 1
  [[ $version =~ ^([0-9]+)\.([0-9]+) ]] || return 1
  (( BASH_REMATCH[1] > 0 || BASH_REMATCH[2] >= 12 )) || return 1
  echo "$version"
}

helix_version() {
  local version
  version=$("$1/bin/hx" --version 2>/dev/null | sed -n '1s/^helix //p') || return 1
  [[ $version =~ ^[0-9]+\.[0-9]+ ]] || return 1
  echo "$version"
}

is_ready() { neovim_version "$1" >/dev/null && helix_version "$1" >/dev/null; }

require_tmux() {
  command -v tmux >/dev/null && return
  if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
    say "installing tmux, which the Helix test types into"
    apt-get install -y -qq --no-install-recommends tmux >/dev/null 2>&1 && return
  fi
  say "tmux is missing, so the Helix test will be skipped; install it, e.g.: sudo apt-get install tmux"
}

require_machine() {
  [[ $(uname -s)/$(uname -m) == Linux/x86_64 ]] || give_up "needs Linux on x86-64, this is $(uname -s) on $(uname -m)"
  local tool
  for tool in apt-get dpkg-deb; do
    command -v "$tool" >/dev/null || give_up "needs a Debian-like system: $tool is not installed"
  done
  [[ -r $KEYRING ]] || give_up "needs Debian's archive keys: install the package debian-archive-keyring"
}

# The Debian mirror in the system's own sources, whichever format they are written in.
mirror() {
  if [[ -n ${LSP_COPILOT_DEBIAN_MIRROR:-} ]]; then
    echo "$LSP_COPILOT_DEBIAN_MIRROR"
    return
  fi
  # shellcheck disable=SC2016  # the names are for apt-get
  apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 == "main" && $1 ~ /debian\/?$/ { print $1; exit }'
}

# An apt configuration that reads and writes below $1 only and fetches from mirror $2.
private_apt() {
  local root=$1
  mkdir -p "$root"/{etc/none,lists/partial,cache/archives/partial,log}
  : > "$root/status"
  # A mirror that lags may serve an index past its date; its signature is checked all the same.
  printf 'deb [arch=amd64 signed-by=%s check-valid-until=no] %s %s main\n' "$KEYRING" "$2" "$SUITE" > "$root/etc/sources.list"
  cat > "$root/apt.conf" <<CONFIGURATION
Dir::Etc::sourcelist "$root/etc/sources.list";
Dir::Etc::sourceparts "$root/etc/none";
Dir::Etc::preferences "$root/etc/none/preferences";
Dir::Etc::preferencesparts "$root/etc/none";
Dir::State "$root";
Dir::State::lists "$root/lists";
Dir::State::status "$root/status";
Dir::Cache "$root/cache";
Dir::Log "$root/log";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
CONFIGURATION
}

unpack() {
  local tree=$1 apt=$1/apt from package
  from=$(mirror)
  [[ -n $from ]] || give_up "no Debian mirror in this system's sources: name one in LSP_COPILOT_DEBIAN_MIRROR"
  private_apt "$apt" "$from"
  export APT_CONFIG=$apt/apt.conf
  say "reading the package index of $SUITE"
  apt-get update -qq -o APT::Update::Error-Mode=any >"$apt/log/update" 2>&1 ||
    give_up "cannot read $SUITE from the Debian mirror: $(grep -m1 '^[EW]:' "$apt/log/update" || echo 'is this machine offline?')"
  mkdir -p "$tree/debs" "$tree/root"
  local packages
  packages=$(apt-get install --simulate neovim hx 2>"$apt/log/resolve" | awk '/^Inst/ { print $2 }')
  [[ -n $packages ]] || give_up "$SUITE cannot satisfy neovim and hx: $(head -n1 "$apt/log/resolve")"
  say "fetching $(wc -w <<< "$packages") packages"
  # shellcheck disable=SC2086  # one word per package
  (cd "$tree/debs" && apt-get download -qq $packages) >"$apt/log/download" 2>&1 ||
    give_up "cannot fetch the packages: $(grep -m1 '^[EW]:' "$apt/log/download")"
  for package in "$tree"/debs/*.deb; do dpkg-deb --extract "$package" "$tree/root"; done
  unset APT_CONFIG
  rm -rf "$apt" "$tree/debs" "$tree"/root/usr/share/{doc,locale,man}
}

# A launcher that finds the tree by its own place, so that DEST can be moved or cached.
# Naming the loader keeps LD_LIBRARY_PATH out of the environment: what the editor starts is unharmed.
# Its price: Neovim's terminal interface starts a second Neovim by /proc/self/exe, which is the loader.
# So start it in two: nvim --headless --listen SOCKET ... & nvim --remote-ui --server SOCKET
launcher() {
  local path=$1 name=$2 program=$3 variable=$4 runtime=$5
  mkdir -p "$(dirname "$path")"
  cat > "$path" <<LAUNCHER
#!/bin/sh
root=\$(dirname -- "\$(dirname -- "\$(readlink -f -- "\$0")")")/root
export $variable="\$root/$runtime"
exec "\$root/$LIBRARIES/ld-linux-x86-64.so.2" --library-path "\$root/$LIBRARIES" --argv0 $name "\$root/$program" "\$@"
LAUNCHER
  chmod +x "$path"
}

main() {
  [[ $# -le 1 && ${1:-} != -* ]] || { echo "usage: $0 [DEST]" >&2; exit 2; }
  local here destination partial
  here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
  destination=$(realpath -m -- "${1:-$here/../../.editors}")
  if ! is_ready "$destination"; then
    require_machine
    # Unpacked beside DEST and moved in one step: an interrupted run leaves no half-filled DEST.
    mkdir -p "$(dirname "$destination")" 2>/dev/null || give_up "cannot write to $(dirname "$destination")"
    partial=$(mktemp -d "$destination.XXXXXX" 2>/dev/null) || give_up "cannot write to $(dirname "$destination")"
    # shellcheck disable=SC2064  # the path is meant to be fixed now
    trap "rm -rf -- '$partial'" EXIT
    chmod 755 "$partial"
    unpack "$partial"
    launcher "$partial/bin/nvim" nvim usr/bin/nvim VIMRUNTIME usr/share/nvim/runtime
    launcher "$partial/bin/hx" hx usr/lib/hx/hx HELIX_RUNTIME usr/lib/hx/runtime
    is_ready "$partial" || give_up "the unpacked editors do not run: $("$partial/bin/nvim" --version 2>&1 | head -n1)"
    # VS Code's tree, which another script makes, stays.
    [[ ! -d $destination/vscode ]] || mv -- "$destination/vscode" "$partial/vscode"
    rm -rf -- "$destination"
    mv -- "$partial" "$destination"
  fi
  require_tmux
  say "Neovim $(neovim_version "$destination") and Helix $(helix_version "$destination") in $destination"
}

main "$@"
