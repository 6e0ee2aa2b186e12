"""A file cut into parts small enough to carry, with a manifest that proves them whole. Needs no library.

    FOLDER/state.00 state.01 ... manifest.json

The folder is replaced as one: it is written beside its place and then takes it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

PART_BYTES = 15 << 20
FORMAT = "state-parts-1"
MANIFEST = "manifest.json"
NEW, OLD = ".new", ".old"


def split(path: Path, folder: Path, size: int = PART_BYTES) -> int:
    """Write `path` as parts of at most `size` bytes into `folder`, replacing what is there; how many there are."""
    draft, before = folder.with_name(folder.name + NEW), folder.with_name(folder.name + OLD)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    content = path.read_bytes()
    entries = []
    for index, start in enumerate(range(0, len(content), size)):
        part, name = content[start : start + size], f"state.{index:02d}"
        (draft / name).write_bytes(part)
        entries.append({"name": name, "bytes": len(part), "sha256": _digest(part)})
    manifest = {"format": FORMAT, "bytes": len(content), "sha256": _digest(content), "parts": entries}
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    # At every moment a whole folder stands under one of the two names.
    if folder.exists():
        shutil.rmtree(before, ignore_errors=True)
        folder.rename(before)
    draft.rename(folder)
    shutil.rmtree(before, ignore_errors=True)
    return len(entries)


def join(folder: Path, out: Path) -> int:
    """Put the parts of `folder` together in `out`; its size in bytes.

    Raises `ValueError` where a part is missing or not what the manifest says, `FileNotFoundError`
    where there is no manifest.
    """
    if not folder.exists() and folder.with_name(folder.name + OLD).exists():
        folder = folder.with_name(folder.name + OLD)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ValueError(f"{folder / MANIFEST}: not a manifest of format {FORMAT}")
    content = bytearray()
    for entry in manifest["parts"]:
        # Only the name: a manifest leads nowhere but into its own folder.
        path = folder / Path(entry["name"]).name
        part = path.read_bytes() if path.exists() else b""
        if len(part) != entry["bytes"] or _digest(part) != entry["sha256"]:
            raise ValueError(f"{path}: missing, or not the part that the manifest names")
        content += part
    if _digest(content) != manifest["sha256"]:
        raise ValueError(f"{folder}: the parts do not make the whole that the manifest names")
    draft = out.with_name(out.name + ".part")
    draft.write_bytes(content)
    draft.replace(out)
    return len(content)


def _digest(content: bytes | bytearray) -> str:
    return hashlib.sha256(content).hexdigest()
