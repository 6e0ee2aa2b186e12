"""`lsp-copilot models use NAME`: writes one key into the user's config.toml and leaves everything else as it is."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from completion.errors import ConfigError
from lsp_server.options import ENVIRONMENT_PREFIX, Resolved, user_file

if TYPE_CHECKING:
    from completion.models.spec import ModelSpec


def run(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Write the model's name; says what still stands in its way."""
    from completion.models import files
    from lsp_server import choosing

    name: str = arguments.name
    spec = None if name == "auto" else choosing.catalogue().find(name)
    key = "script_model" if _role(arguments.role, spec) == "script" else "model"
    settings = resolved.settings
    if spec is not None and not settings.endpoint:
        # Refused before anything is written: a name without weights is a broken editor.
        files.locate(spec, settings.model_path if key == "model" else "")
    path = user_file()
    set_key(path, key, name)
    print(f'{path}: {key} = "{name}"')
    for hint in _in_its_way(resolved, key, name):
        print(hint)
    return 0


def set_key(path: Path, key: str, value: str) -> None:
    """Set a top-level `key` of a TOML file to the string `value`; comments, order and all other keys stay.

    The file is replaced at once, also behind a symbolic link. Raises `ConfigError`, and has then changed nothing.
    """
    target = path.resolve()
    try:
        before = target.read_bytes().decode("utf-8") if target.exists() else ""
        expected = {**tomllib.loads(before), key: value}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}.", advice="Correct it; nothing was changed.") from error
    # Every way to write it is tried until one means exactly that: a line that looks like the key may be text.
    for after in _candidates(before, key, value):
        if _means(after, expected):
            _replace(target, after)
            return
    raise ConfigError(
        f"{path}: {key} stands there in a form that cannot be changed safely.",
        advice=f'Write it yourself: {key} = "{value}".',
    )


def _candidates(text: str, key: str, value: str) -> Iterator[str]:
    assignment = f"{key} = {json.dumps(value, ensure_ascii=False)}"
    found = re.compile(
        rf"""^([ \t]*)(?:{key}|"{key}"|'{key}')[ \t]*=[ \t]*(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s#"']+)""", re.MULTILINE
    )
    for match in found.finditer(text):
        yield text[: match.start()] + match[1] + assignment + text[match.end() :]
    ending = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text or text.endswith("\n") else ending
    yield f"{text}{gap}{assignment}{ending}"
    # Behind a table the key would be the table's.
    for match in re.finditer(r"^[ \t]*\[", text, re.MULTILINE):
        yield f"{text[: match.start()]}{assignment}{ending}{text[match.start() :]}"
    yield f"{assignment}{ending}{text}"


def _means(text: str, expected: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == expected
    except tomllib.TOMLDecodeError:
        return False


def _replace(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".config")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}.") from error
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            fresh.chmod(path.stat().st_mode & 0o7777)
        fresh.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}.", advice="Nothing was changed.") from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def _role(asked: str | None, spec: ModelSpec | None) -> str:
    """What the model is to be used for. Raises `ConfigError` if it cannot be."""
    if asked is None:
        return "completion" if spec is None else spec.roles[0]
    if spec is not None and asked not in spec.roles:
        raise ConfigError(
            f"model {spec.name} does not serve for {asked}.", advice=f"It serves for {' and '.join(spec.roles)}."
        )
    return asked


def _in_its_way(resolved: Resolved, key: str, name: str) -> Iterator[str]:
    """Sentences about settings that win over the new one."""
    origin = resolved.origins[key]
    if origin in ("environment", "command line") and getattr(resolved.settings, key) != name:
        variable = f" ({ENVIRONMENT_PREFIX}{key.upper()})" if origin == "environment" else ""
        yield f"Still in use is {getattr(resolved.settings, key)}: the {origin}{variable} wins over config.toml."
    if resolved.settings.endpoint:
        yield f"endpoint is set: {resolved.settings.endpoint} answers, and must serve this model."
    elif key == "model" and resolved.settings.model_path:
        yield f"model_path is set: {resolved.settings.model_path} is loaded; remove it if it is another model's."
    yield "Editors that are open take it at their next start."
