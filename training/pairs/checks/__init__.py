"""The validators, one file each: a check takes items and gives a complaint for each, '' where there is none.

Cheap checks run on every item that is generated; deep ones need programs or packages of the extra `[pairs]` and run
on every production. A check whose tool is missing raises `NotInstalled`: never pass silently.
"""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from training.pairs.items import Item

Check = Callable[[Sequence[Item]], list[str]]
ADVICE = 'pip install "lsp-copilot[pairs]"'


class NotInstalled(Exception):
    """A validator that is not on this machine."""

    def __init__(self, name: str) -> None:
        super().__init__(f"not checked: {name} is not installed ({ADVICE})")
        self.name = name


def package(module: str, name: str) -> Any:
    """An optional package. Raises `NotInstalled`."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise NotInstalled(name) from error


def program(command: str, name: str) -> str:
    """The path of a program beside this interpreter or on the search path. Raises `NotInstalled`."""
    beside = Path(sys.executable).parent / command
    found = str(beside) if beside.exists() else shutil.which(command)
    if found is None:
        raise NotInstalled(name)
    return found
