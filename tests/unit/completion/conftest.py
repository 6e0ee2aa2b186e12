"""A hub with one small model, for the tests of downloads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from completion.models import catalog, store
from tests.hub import server
from tests.hub.tiny import CONTENT, NAME, REPO, TABLE


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[server.Hub]:
    """A hub with one model, and a store and a home of its own."""
    with server.running() as hub:
        hub.repos[REPO] = {NAME: CONTENT}
        hub.plain[NAME] = CONTENT
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv(store.DIRECTORY_VARIABLE, str(tmp_path / "models"))
        for variable in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY", False)
        yield hub


@pytest.fixture
def tiny() -> catalog.ModelSpec:
    """A model whose checksum only the hub knows."""
    return catalog.read(TABLE, "test").find("tiny")
