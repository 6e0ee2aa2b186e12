"""A folder with a short name: a socket's name may have about a hundred bytes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def short_folder() -> Iterator[Path]:
    """Gone after the module's tests."""
    with tempfile.TemporaryDirectory(prefix="lspc") as name:
        yield Path(name)
