"""How the server ends: whatever happens to the client, no server stays, and the exit code tells how it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE, URI, wait_until_nothing_is_left
from tests.lsp.wire import Client

SOON = 20.0


@pytest.fixture
def off(isolated: dict[str, str]) -> dict[str, str]:
    """An environment without suggestions, for what needs no engine."""
    return {**isolated, "LSP_COPILOT_ENABLED": "false"}


def test_exit_without_shutdown(off: dict[str, str]) -> None:
    with Client(off) as client:
        client.initialize()
        client.notify("exit")
        assert client.wait(SOON) == 1


def test_exit_before_initialize(off: dict[str, str]) -> None:
    with Client(off) as client:
        client.notify("exit")
        assert client.wait(SOON) == 1


def test_exit_after_shutdown_with_the_pipe_open(off: dict[str, str]) -> None:
    with Client(off) as client:
        client.initialize()
        assert client.close() == 0


@pytest.mark.parametrize("initialized", [False, True])
def test_end_of_input(off: dict[str, str], initialized: bool) -> None:
    with Client(off) as client:
        if initialized:
            client.initialize()
        client.end_input()
        assert client.wait(SOON) == 0
        assert "Traceback" not in client.log


def test_end_of_input_inside_a_message(off: dict[str, str]) -> None:
    with Client(off) as client:
        client.raw(b"Content-Length: 500\r\n\r\n{")
        client.end_input()
        assert client.wait(SOON) == 0


def test_what_was_asked_before_the_end_of_input_is_answered(off: dict[str, str]) -> None:
    """As in `printf ... | lsp-copilot --stdio`."""
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}},
        {"jsonrpc": "2.0", "id": 2, "method": "shutdown"},
        {"jsonrpc": "2.0", "method": "exit"},
    ]
    bodies = [json.dumps(message).encode() for message in messages]
    data = b"".join(b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies)
    command = [sys.executable, "-P", "-m", "lsp_server", "--stdio"]
    done = subprocess.run(command, input=data, env=off, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0
    assert done.stdout.count(b'"result"') == 2


def test_client_that_reads_no_more(off: dict[str, str]) -> None:
    """Its end of our output is closed, our input stays open."""
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", "lsp_server", "--stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=writing, stderr=subprocess.DEVNULL, env=off) as server:
        os.close(writing)
        os.close(reading)
        assert server.wait(SOON) == 1


def test_client_process_that_dies_while_somebody_holds_the_pipe(off: dict[str, str]) -> None:
    editor = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with Client(off) as client:
        # Our test keeps the pipe open, as a grandchild of the editor would.
        client.initialize(processId=editor.pid)
        assert client.items(URI, 0, 0) == []
        editor.kill()
        assert client.wait(SOON) == 1
        client.wait_for_log("the client's process is gone")
    editor.communicate()


def test_a_client_process_that_lives_is_no_reason_to_leave(off: dict[str, str]) -> None:
    with Client(off) as client:
        client.initialize(processId=os.getpid())
        with pytest.raises(subprocess.TimeoutExpired):
            client.wait(1.5)
        assert client.close() == 0


def test_a_log_that_nobody_reads_does_not_block(off: dict[str, str]) -> None:
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", "lsp_server", "--stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=writing, env=off) as server:
        os.close(writing)
        request = {"jsonrpc": "2.0", "id": 1, "method": "x" * 100}
        body = json.dumps(request).encode()
        wrong = b"Content-Length: %d\r\n\r\n" % len(body) + body
        # Each of them is worth a line in the log; the pipe takes 64 KiB.
        garbage = b"Content-Length: 1\r\n\r\n{" * 2000
        out, _ = server.communicate(garbage + wrong, timeout=20)
        assert out.count(b"-32700") == 2000
        assert out.count(b"-32002") == 1
        assert server.returncode == 0
    os.close(reading)


def test_termination_while_a_request_runs(isolated: dict[str, str]) -> None:
    with Client(isolated) as client:
        client.initialize()
        client.open(URI, POINT)
        client.complete(URI, POINT_LINE, POINT_CHARACTER)
        client.process.send_signal(signal.SIGTERM)
        assert client.wait(SOON) != 0
    wait_until_nothing_is_left(Path(isolated["LSP_COPILOT_RUNTIME_DIR"]))


def test_shutdown_cancels_what_runs(isolated: dict[str, str]) -> None:
    with Client(isolated) as client:
        client.initialize()
        client.open(URI, POINT)
        # The engine is still loading, so this cannot be answered yet.
        running = client.complete(URI, POINT_LINE, POINT_CHARACTER)
        stopping = client.request("shutdown")
        assert client.answer(running)["error"]["code"] == -32800
        assert client.answer(stopping)["result"] is None
        client.notify("exit")
        assert client.wait(SOON) == 0
        assert len(client.answers(running)) == 1
    wait_until_nothing_is_left(Path(isolated["LSP_COPILOT_RUNTIME_DIR"]))
