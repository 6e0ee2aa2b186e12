#!/usr/bin/env bash
# Back up a folder to dated archives and keep the newest ones.
set -euo pipefail

SOURCE_DIR="${1:?usage: backup.sh SOURCE_DIR TARGET_DIR}"
TARGET_DIR="${2:?usage: backup.sh SOURCE_DIR TARGET_DIR}"
KEEP="${KEEP:-7}"

log() {
  echo "$(date +%H:%M:%S) $*" >&2
}

if [ ! -d "$SOURCE_DIR" ]; then
  log "source folder $SOURCE_DIR does not exist"
  exit 1
fi

if [ ! -d "$TARGET_DIR" ]; then
  log "creating target folder $TARGET_DIR"
  mkdir -p "$TARGET_DIR"
fi

archive="$TARGET_DIR/backup-$(date +%Y%m%d-%H%M%S).tar.gz"
log "writing $archive"
tar -czf "$archive" -C "$SOURCE_DIR" .

for old in $(ls -1t "$TARGET_DIR"/backup-*.tar.gz | tail -n "+$((KEEP + 1))"); do
  log "removing $old"
  rm -f "$old"
done

log "done"
