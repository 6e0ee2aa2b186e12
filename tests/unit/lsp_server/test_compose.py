"""Which model is opened without anybody naming one: the shipped one works on every machine."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from completion.models import device
from completion.models.spec import Role
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


def test_without_a_model_for_scripts_the_one_that_completes_writes_them() -> None:
    engine = open_engine(Settings(), lambda _: None, role="script")
    assert (engine.model.name, engine.choice) == ("embedded", None)


def test_what_the_user_has_attached_serves_for_both(tmp_path: Path) -> None:
    file = tmp_path / "mine.gguf"
    shutil.copy(open_engine(Settings(), lambda _: None).served._spec.path, file)
    settings = Settings(model="embedded", model_path=str(file))
    for role in get_args(Role):
        assert open_engine(settings, lambda _: None, role=role).served._spec.path == str(file)
    remote = Settings(model="embedded", endpoint="http://127.0.0.1:9")
    assert open_engine(remote, lambda _: None, role="script").model.name == "embedded"
    # Another model for scripts has a file of its own.
    other = Settings(model="qwen2.5-coder-0.5b", model_path=str(file), script_model="embedded")
    assert open_engine(other, lambda _: None, role="script").served._spec.path != str(file)
