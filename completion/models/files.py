"""Where weights lie. Nothing is downloaded here."""

from __future__ import annotations

import hashlib
from pathlib import Path

from completion.errors import ModelFileInvalid, ModelFileMissing
from completion.models import store
from completion.models.catalog import ModelSpec
from completion.models.store import embedded_folder

GGUF_MAGIC = b"GGUF"


def locate(spec: ModelSpec, override: str = "") -> Path:
    """The file or folder to load for `spec`, or `override` if given.

    Raises `ModelFileMissing` or `ModelFileInvalid`.
    """
    if override:
        path = Path(override).expanduser().absolute()
        if not path.exists():
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
    for weights in store.find(spec.name):
        return _checked(weights.path)
    raise ModelFileMissing(
        f"model {spec.name} is not on this machine.",
        advice=f"Fetch it with lsp-copilot models pull {spec.name}, or name its file in model_path of config.toml.",
    )


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
    folder = path.parent if path.suffix == ".safetensors" else path
    if folder.is_dir():
        if (folder / "config.json").is_file():
            return folder
        raise ModelFileInvalid(f"{folder} holds no model: there is no config.json in it.", advice="Choose another.")
    with path.open("rb") as file:
        magic = file.read(4)
    if magic != GGUF_MAGIC:
        raise ModelFileInvalid(f"{path} is not a GGUF file (it starts with {magic!r}).", advice="Choose another file.")
    return path
