#!/bin/sh
# Install the node client's one dependency beside it; does nothing when it is there already.
set -eu
cd "$(dirname "$0")"
wanted=$(sed -n 's/.*"vscode-languageserver-protocol": "\(.*\)".*/\1/p' package.json)
installed=node_modules/vscode-languageserver-protocol/package.json
if [ -f "$installed" ] && grep -q "\"version\": \"$wanted\"" "$installed"; then
  exit 0
fi
command -v npm >/dev/null || { echo "npm is not installed; the node client's tests will be skipped" >&2; exit 1; }
npm install --silent --no-audit --no-fund --no-package-lock --ignore-scripts
