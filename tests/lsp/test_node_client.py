"""VS Code's protocol library as a client: nothing of it is shared with the server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE, URI

FOLDER = Path(__file__).with_name("node")
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    pytest.mark.skipif(
        not (FOLDER / "node_modules/vscode-languageserver-protocol").is_dir(),
        reason="vscode-languageserver-protocol is not installed; run tests/lsp/node/install.sh",
    ),
]


def test_a_session_of_the_node_client(isolated: dict[str, str]) -> None:
    server = [sys.executable, "-P", "-m", "lsp_server", "--stdio"]
    where = [URI, POINT, str(POINT_LINE), str(POINT_CHARACTER)]
    done = subprocess.run(
        [str(NODE), str(FOLDER / "client.mjs"), *where, *server],
        env=isolated,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["encoding"] == "utf-16"
    assert seen["provider"] == {}
    item, *_ = seen["items"]
    assert item["insertText"].strip()
    assert item["range"]["start"] == {"line": POINT_LINE, "character": POINT_CHARACTER}
    assert seen["accepted"] is None
    assert seen["withToken"] == 1
    assert seen["cancelled"] == -32800
    assert seen["invalid"] == -32602
    assert seen["unknown"] == -32601
    assert seen["late"] == -32600
    assert seen["exit"] == 0
    # What stands nearby may be shown while the model is still loading.
    assert seen["status"] in ("normal", "busy", "loading")
