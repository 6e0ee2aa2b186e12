"""What a GGUF file must be for a library of 2023: checks, its vocabulary, and a copy that calls itself version 2.

Versions 2 and 3 have one layout; only the number differs. The format is described in ggml's docs/gguf.md.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from completion.engine.vocabulary import Vocabulary, bytes_of_piece
from completion.errors import ModelError, ModelFileInvalid
from completion.models import gguf
from completion.models.gguf_tensors import alignment_of, read_tensors
from completion.models.gguf_values import Cursor, Items, read_entries, read_start

CACHE_VARIABLE = "LSP_COPILOT_CACHE_DIR"

_VERSION_AT = 4
_NORMAL, _UNKNOWN, _CONTROL, _USER_DEFINED, _BYTE = 1, 2, 3, 4, 6
# What ggml knew then.
_KNOWN_TENSORS = frozenset(
    ["F32", "F16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K"]
)


@dataclass(frozen=True, slots=True)
class OldFile:
    """A file that the library can load; `trained_context` in tokens, 0 where it does not say."""

    version: int
    vocabulary: Vocabulary
    trained_context: int


def read(path: Path) -> OldFile:
    """Check that the library can load `path`. Raises `ModelFileMissing`, or `ModelFileInvalid` with the reason."""
    header = gguf.read_header(path)
    if header.architecture != "llama":
        raise _refused(path, f"its architecture is {header.architecture}, only llama can be loaded")
    with path.open("rb") as file:
        cursor = Cursor(path, file, path.stat().st_size)
        _, count, entries = read_start(cursor)
        values = read_entries(cursor, entries)
        tensors = read_tensors(cursor, count, alignment_of(cursor, values))
    if values.get("tokenizer.ggml.model") != "llama":
        raise _refused(path, f"its vocabulary is {values.get('tokenizer.ggml.model')}, only SentencePiece can be read")
    tokens, types, scores = (values.get(f"tokenizer.ggml.{key}") for key in ("tokens", "token_type", "scores"))
    if not (isinstance(tokens, Items) and isinstance(types, Items) and isinstance(scores, Items)):
        raise _refused(path, "its vocabulary has no scores or types")
    if "output.weight" not in tensors:
        raise _refused(path, "it has no output matrix of its own (output.weight)")
    strange = next((tensor.type for tensor in tensors.values() if tensor.type not in _KNOWN_TENSORS), None)
    if strange is not None:
        raise _refused(path, f"it has tensors of type {strange}, which came later")
    return OldFile(header.version, _vocabulary(tokens.texts, types.values), header.context or 0)


def version_2(path: Path, version: int) -> tuple[Path, bool]:
    """A file with that content in version 2, and whether it is a copy, to be removed once it is loaded.

    Raises `ModelError` where there is no room for one.
    """
    if version == 2:
        return path, False
    folder = cache_folder()
    temporary = ""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_leftovers(folder)
        descriptor, temporary = tempfile.mkstemp(dir=folder, suffix=".gguf")
        with os.fdopen(descriptor, "r+b") as copy, path.open("rb") as file:
            shutil.copyfileobj(file, copy, 1 << 20)
            copy.seek(_VERSION_AT)
            copy.write(struct.pack("<I", 2))
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise ModelError(
            f"{path} could not be copied to {folder}: {error.strerror}.",
            advice=f"The engine ctransformers needs room for a copy; {CACHE_VARIABLE} moves it.",
        ) from error
    return Path(temporary), True


def cache_folder() -> Path:
    """Where such copies are made; `LSP_COPILOT_CACHE_DIR` moves it."""
    given = os.environ.get(CACHE_VARIABLE)
    base = Path(given) if given else Path(platformdirs.user_cache_dir("lsp-copilot", appauthor=False))
    return base / "version-2"


def _vocabulary(tokens: Sequence[bytes], types: Sequence[float]) -> Vocabulary:
    """Pieces and markers. What was added to a vocabulary (USER_DEFINED) is text, unless it looks like a marker."""
    pieces, controls = [b""] * len(tokens), dict[str, int]()
    for number, (raw, kind) in enumerate(zip(tokens, types, strict=True)):
        token = raw.decode("utf-8", "replace")
        marker = kind == _USER_DEFINED and token.startswith("<|") and token.endswith("|>")
        if kind in (_CONTROL, _UNKNOWN) or marker:
            controls[token] = number
        elif kind in (_NORMAL, _USER_DEFINED, _BYTE):
            pieces[number] = bytes_of_piece(token)
    return Vocabulary(pieces, controls)


def _refused(path: Path, reason: str) -> ModelFileInvalid:
    return ModelFileInvalid(
        f"{path} is not for the engine ctransformers: {reason}.", advice="Set engine to llama, which loads it."
    )


def _remove_leftovers(folder: Path) -> None:
    """Copies of hosts that were killed while they loaded; one that is in use stays usable or cannot be removed."""
    for path in folder.glob("*.gguf"):
        with contextlib.suppress(OSError):
            path.unlink()
