"""Where weights lie. Nothing is downloaded here."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

from completion.errors import ModelFileInvalid, ModelFileMissing
from completion.models.catalog import ModelSpec

GGUF_MAGIC = b"GGUF"


def locate(spec: ModelSpec, override: str = "") -> Path:
    """The file to load for `spec`, or `override` if given.

    Raises `ModelFileMissing` or `ModelFileInvalid`.
    """
    if override:
        path = Path(override).expanduser().absolute()
        if not path.is_file():
            raise ModelFileMissing(f"model_path: {path} does not exist.", advice="Correct model_path or remove it.")
        return _checked(path)
    for file in spec.files:
        if file.shipped and file.name:
            path = embedded_folder() / file.name
            if path.is_file():
                return _checked(path)
            raise ModelFileMissing(
                f"model {spec.name}: the shipped file {path} is missing.", advice="Reinstall lsp-copilot."
            )
    raise ModelFileMissing(
        f"model {spec.name}: no local file is known.", advice="Set model_path in config.toml to its GGUF file."
    )


def embedded_folder() -> Path:
    """The folder of the model that ships inside the package."""
    return Path(str(resources.files("completion.models"))) / "embedded"


def digest(path: Path) -> str:
    """A name for the file's content: 16 hex digits over its size and its first and last mebibyte.

    It tells files apart for sharing an engine host; it is no proof of integrity.
    """
    size = path.stat().st_size
    state = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        state.update(file.read(1 << 20))
        file.seek(max(0, size - (1 << 20)))
        state.update(file.read(1 << 20))
    return state.hexdigest()[:16]


def _checked(path: Path) -> Path:
    with path.open("rb") as file:
        magic = file.read(4)
    if magic != GGUF_MAGIC:
        raise ModelFileInvalid(f"{path} is not a GGUF file (it starts with {magic!r}).", advice="Choose another file.")
    return path
