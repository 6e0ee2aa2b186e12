"""Files that are too large, named on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsp_server.limits import MAX_BYTES, MAX_LINE_BYTES
from tests.conftest import lsp_copilot


@pytest.mark.parametrize(
    ("text", "where", "sentence"),
    [
        (b"[" * (MAX_BYTES + 1), "", "has 4.1 MB; documents over 4 MB get no suggestions."),
        (b"x\n" + b"y" * (MAX_LINE_BYTES + 1), ":2", "has 10.1 kB; lines over 10 kB get no suggestions."),
    ],
)
def test_too_large(isolated: dict[str, str], tmp_path: Path, text: bytes, where: str, sentence: str) -> None:
    path = tmp_path / "big.py"
    path.write_bytes(text)
    done = lsp_copilot("complete", f"{path}{where}", environment=isolated)
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"{path} {sentence}" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
