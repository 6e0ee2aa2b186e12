"""Which model is opened without anybody naming one: the shipped one works on every machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from completion.models import device
from completion.settings import Settings
from lsp_server.compose import open_engine


@pytest.fixture(autouse=True)
def nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was fetched, and hardly any memory is free."""
    for name in ("CONFIG", "CACHE", "MODELS"):
        monkeypatch.setenv(f"LSP_COPILOT_{name}_DIR", str(tmp_path))
    short = replace(device.read(), memory_free=300 * 2**20)
    monkeypatch.setattr(device, "read", lambda: short)


def test_the_only_model_is_opened_however_little_memory_is_free() -> None:
    engine = open_engine(Settings(), lambda _: None)
    assert (engine.model.name, engine.choice) == ("embedded", None)


def test_where_nothing_fits_by_the_arithmetic_the_shipped_model_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lsp_server.choosing.without_choice", lambda *_: "")
    engine = open_engine(Settings(), lambda _: None)
    assert (engine.model.name, engine.choice) == ("embedded", None)
