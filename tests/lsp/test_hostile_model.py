"""A hostile model file and the server: the status says why, requests are answered with nothing, the server stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from completion.models import files
from tests.engine.conftest import MODEL
from tests.engine.gguf_parts import U32, File, put_together, take_apart
from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE, URI
from tests.lsp.test_status import STATUS, messages
from tests.lsp.wire import Client


@pytest.fixture
def parts() -> File:
    """The shipped file, taken apart."""
    return take_apart(files.locate(MODEL).read_bytes())


def test_a_file_that_would_end_the_engine_is_refused_with_its_reason(
    isolated: dict[str, str], tmp_path: Path, parts: File
) -> None:
    path = tmp_path / "hostile.gguf"
    parts.put(b"llama.expert_group_count", U32, (2).to_bytes(4, "little"))
    path.write_bytes(put_together(parts))
    with Client({**isolated, "LSP_COPILOT_MODEL": "embedded", "LSP_COPILOT_MODEL_PATH": str(path)}) as client:
        client.initialize()
        failed = client.notification(STATUS, lambda params: params["kind"] == "error")
        assert "llama.expert_group_count is 2" in failed["message"]
        client.open(URI, POINT)
        for invoked in (True, False):
            assert client.items(URI, POINT_LINE, POINT_CHARACTER, invoked=invoked) == []
        (message,) = messages(client)
        assert "hostile.gguf is damaged" in message
        assert client.close() == 0


def test_a_model_whose_numbers_are_none_answers_with_nothing(
    isolated: dict[str, str], tmp_path: Path, parts: File
) -> None:
    path = tmp_path / "empty.gguf"
    norm = next(row for row in parts.rows if row.name == b"output_norm.weight")
    norm.data = b"\x00\x00\xc0\x7f" * norm.shape[0]
    path.write_bytes(put_together(parts))
    with Client({**isolated, "LSP_COPILOT_MODEL": "embedded", "LSP_COPILOT_MODEL_PATH": str(path)}) as client:
        client.initialize()
        client.notification(STATUS, lambda params: params["message"] == "Ready.")
        # Nothing similar stands here, so nobody but the model can answer.
        client.open(URI, "import os\n\nwidth = ")
        for invoked in (True, False, True):
            assert client.items(URI, 2, 8, invoked=invoked) == []
        assert client.close() == 0
