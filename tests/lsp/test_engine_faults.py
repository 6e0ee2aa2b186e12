"""What the editor sees when processes die: an empty answer, then suggestions again, and nothing left behind."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil

from tests.conftest import LEAVE_SECONDS, processes_of
from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE, URI
from tests.lsp.test_status import STATUS
from tests.lsp.wire import Client


def hosts(environment: dict[str, str], *servers: Client) -> list[psutil.Process]:
    """The engine hosts of this runtime folder: whatever is no server of ours."""
    ours = {server.process.pid for server in servers}
    found = processes_of(Path(environment["LSP_COPILOT_RUNTIME_DIR"]))
    return [process for process in found if process.pid not in ours]


def is_busy(status: dict[str, object]) -> bool:
    return status["kind"] == "busy"


def ready(client: Client) -> None:
    client.initialize()
    client.open(URI, POINT)
    assert client.items(URI, POINT_LINE, POINT_CHARACTER)


def test_a_host_that_is_killed_in_mid_stream(isolated: dict[str, str]) -> None:
    with Client(isolated) as client:
        ready(client)
        (host,) = hosts(isolated, client)
        # Stopped, it takes the request and answers nothing: we are in mid-stream for as long as we like.
        busy = client.count(STATUS, is_busy)
        host.send_signal(signal.SIGSTOP)
        client.open(URI, POINT.replace("Point", "Place"))
        number = client.complete(URI, POINT_LINE, POINT_CHARACTER)
        client.wait_until(lambda: client.count(STATUS, is_busy) > busy, "busy status")
        seen = len(client.notifications)
        host.kill()
        # An empty list, or what the next host says if it is there in time; never an error, never silence.
        assert "error" not in client.answer(number)
        # The next key waits for the new host and is answered.
        assert client.items(URI, POINT_LINE, POINT_CHARACTER)
        (new,) = hosts(isolated, client)
        assert new.pid != host.pid
        told = [note for note in client.notifications[seen:] if note["method"].startswith("window/")]
        assert told == []
        assert client.close() == 0


def test_two_servers_share_one_host(isolated: dict[str, str]) -> None:
    with Client(isolated) as first, Client(isolated) as second:
        for client in (first, second):
            client.request("initialize", {"capabilities": {}})
        # Both start their engine in the same moment.
        for client in (first, second):
            client.notify("initialized", {})
            client.open(URI, POINT)
        numbers = [client.complete(URI, POINT_LINE, POINT_CHARACTER) for client in (first, second)]
        for client, number in zip((first, second), numbers, strict=True):
            assert client.answer(number)["result"]["items"]
        assert len(hosts(isolated, first, second)) == 1
        assert first.close() == 0
        # The one that stays keeps the host.
        second.open(URI, POINT.replace("Point", "Other"))
        assert second.items(URI, POINT_LINE, POINT_CHARACTER)
        assert len(hosts(isolated, second)) == 1
        assert second.close() == 0


def test_nothing_is_left_of_servers_that_are_killed(isolated: dict[str, str]) -> None:
    with Client(isolated) as first, Client(isolated) as second:
        for client in (first, second):
            ready(client)
        started = hosts(isolated, first, second)
        assert len(started) == 1
        for client in (first, second):
            client.process.kill()
            client.wait()
        _, alive = psutil.wait_procs(started, timeout=LEAVE_SECONDS)
        assert not alive
        assert not processes_of(Path(isolated["LSP_COPILOT_RUNTIME_DIR"]))
