"""Downloads against a hub on this machine: whole, cut, refused, tampered with, and on a full disk."""

from __future__ import annotations

import errno
import io
from dataclasses import replace
from pathlib import Path

import pytest

from completion.errors import ChecksumMismatch, ModelError, ModelFileInvalid
from completion.models import catalog, files, order, part, pull, store
from tests.hub import server
from tests.hub.tiny import CONTENT, NAME, REPO, SHA256, fetch


def beginning(tiny: catalog.ModelSpec) -> Path:
    return store.model_folder("tiny") / (NAME + ".part")


def test_a_whole_download_is_checked_noted_and_found(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    seen: list[tuple[str, int, int | None]] = []
    weights = fetch(order.make(tiny), progress=lambda *step: seen.append(step))
    assert weights.path.read_bytes() == CONTENT
    assert weights.path.parent == store.model_folder("tiny")
    assert weights.stored.files[0].sha256 == SHA256
    assert weights.stored.vouched
    assert weights.stored.licence == "Apache-2.0"
    assert weights.stored.source == f"{hub.url}/{REPO}"
    assert files.locate(tiny) == weights.path
    assert seen[0][0] == f"fetching {NAME}"
    assert ("fetching " + NAME, len(CONTENT), len(CONTENT)) in seen
    assert sorted(path.name for path in weights.path.parent.iterdir()) == [".lock", store.MANIFEST, NAME]
    # Nobody but the hub was asked, it was told who asks and nothing else, and the commit is fixed.
    assert [request.method for request in hub.requests] == ["HEAD", "GET", "GET"]
    assert hub.requests[1].path == f"{REPO}/resolve/{server.COMMIT}/{NAME}"
    assert all(request.agent.startswith("lsp-copilot/") for request in hub.bodies())
    assert not any(request.authorization for request in hub.requests)


def test_what_is_there_already_is_not_fetched_again(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    fetch(order.make(tiny))
    hub.requests.clear()
    fetch(order.make(tiny))
    assert hub.sent() == 0


def test_a_cut_connection_goes_on_by_itself(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    hub.cuts = [1_000_000, 2_500_000]
    weights = fetch(order.make(tiny))
    assert weights.path.read_bytes() == CONTENT
    assert hub.sent() == len(CONTENT), "no byte is fetched twice"
    assert [request.range for request in hub.bodies() if request.sent] == ["", "bytes=1000000-", "bytes=3500000-"]


def test_a_download_that_was_given_up_goes_on_in_the_next_run(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    hub.cuts = [4_000_000] + [0] * len(pull.PAUSES)
    with pytest.raises(ModelError, match=r"cannot be reached.*4\.0 MB have come and are kept: the same command"):
        fetch(order.make(tiny))
    assert beginning(tiny).stat().st_size == 4_000_000
    assert not (store.model_folder("tiny") / NAME).exists()
    weights = fetch(order.make(tiny))
    assert weights.path.read_bytes() == CONTENT
    assert hub.sent() == len(CONTENT)


def test_a_part_of_another_file_is_not_gone_on_with(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    hub.cuts = [4_000_000] + [0] * len(pull.PAUSES)
    with pytest.raises(ModelError):
        fetch(order.make(tiny))
    changed = bytearray(CONTENT)
    changed[-1] ^= 1
    hub.repos[REPO][NAME] = bytes(changed)
    assert fetch(order.make(tiny)).path.read_bytes() == changed


def test_a_busy_server_is_asked_again(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    hub.busy = [503, 429]
    assert fetch(order.make(tiny)).path.read_bytes() == CONTENT


def test_a_wrong_file_is_deleted_and_said(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    hub.announced[NAME] = "ab" * 32
    with pytest.raises(ChecksumMismatch, match=f"SHA-256 is {SHA256}, expected {'ab' * 32}.*was deleted"):
        fetch(order.make(tiny))
    assert [path.name for path in store.model_folder("tiny").iterdir()] == [".lock"]


def test_a_replaced_file_is_refused_before_it_is_fetched(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    with pytest.raises(ChecksumMismatch, match=r"than the catalogue.*nothing was fetched"):
        fetch(replace(order.make(tiny), sha256="cd" * 32))
    assert hub.sent() == 0


def test_something_else_than_a_model_is_refused(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    hub.plain[NAME] = b"<html>please log in</html>"
    with pytest.raises(ModelFileInvalid, match=r"GGUF.*was deleted"):
        fetch(order.make(tiny, source=f"{hub.url}/plain/{NAME}"))
    assert [path.name for path in store.model_folder("tiny").iterdir()] == [".lock"]


def test_too_little_space_is_said_before_a_byte_comes(
    hub: server.Hub, tiny: catalog.ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, "free_space", lambda _folder: 20_000_000)
    with pytest.raises(ModelError, match=r"has 20\.0 MB free; 9\.9 MB and 67\.1 MB to spare are needed"):
        fetch(order.make(tiny))
    assert hub.sent() == 0


def test_a_disk_that_fills_up_keeps_what_came(
    hub: server.Hub, tiny: catalog.ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 3_000_000

    class Full(io.FileIO):
        """A file on a disk with so much room: the last write is short, then there is no space."""

        def write(self, data: memoryview) -> int:  # type: ignore[override]
            left = room - self.tell()
            if left <= 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data[:left])

    with monkeypatch.context() as patch:
        patch.setattr(part.Part, "_opened", lambda self: Full(self.path, "ab"))
        with pytest.raises(ModelError, match=r"the disk is full: .*tiny-q8_0\.gguf\.part has 3\.0 MB and stays"):
            fetch(order.make(tiny))
    assert beginning(tiny).stat().st_size == room
    hub.requests.clear()
    assert fetch(order.make(tiny)).path.read_bytes() == CONTENT
    assert hub.sent() == len(CONTENT) - room


def test_an_interrupt_keeps_what_came(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    def interrupt(_what: str, done: int, _total: int | None) -> None:
        if done > 1_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(order.make(tiny), progress=interrupt)
    kept = beginning(tiny).stat().st_size
    assert kept > 1_000_000
    assert fetch(order.make(tiny)).path.read_bytes() == CONTENT
    assert [request.range for request in hub.bodies()][-1] == f"bytes={kept}-"


def test_a_gated_model_names_the_page_and_the_login(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    hub.gated[REPO] = "hf_right"
    with pytest.raises(ModelError, match=rf"is gated.*Open https://huggingface\.co/{REPO}, accept.*hf auth login"):
        fetch(order.make(tiny))


def test_a_token_without_access_is_told_so(
    hub: server.Hub, tiny: catalog.ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.gated[REPO] = "hf_right"
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(ModelError, match="your account of the hub may not have it yet"):
        fetch(order.make(tiny.model_copy(update={"gated": True})))


def test_a_token_is_shown_to_the_hub_alone_and_only_where_it_is_asked_for(
    hub: server.Hub, tiny: catalog.ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    fetch(order.make(tiny))
    assert not any(request.authorization for request in hub.requests)
    store.remove("tiny")
    hub.requests.clear()
    hub.gated[REPO] = "hf_right"
    fetch(order.make(tiny))
    shown = [request.authorization for request in hub.requests if "resolve" in request.path]
    assert shown == ["", "Bearer hf_right", "Bearer hf_right"]
    # Where the file itself lies is another host.
    assert [request.authorization for request in hub.requests if request.host == "localhost"] == [""]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"repo": "someone/else"}, "has no repository someone/else, or it is not public"),
        ({"name": "other.gguf"}, r"someone/tiny has no file other\.gguf \(404\)"),
        ({"commit": "ffff"}, "someone/tiny has no revision ffff"),
    ],
)
def test_what_is_not_published_is_one_sentence(
    hub: server.Hub, tiny: catalog.ModelSpec, change: dict[str, str], sentence: str
) -> None:
    file = tiny.files[0].model_copy(update=change)
    with pytest.raises(ModelError, match=sentence):
        fetch(order.make(tiny.model_copy(update={"files": (file,)})))


def test_nobody_at_the_other_side(hub: server.Hub, tiny: catalog.ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    with server.running() as gone:
        url = gone.url
    monkeypatch.setenv("HF_ENDPOINT", url)
    with pytest.raises(ModelError, match=r"127\.0\.0\.1 cannot be reached: .*--from FOLDER"):
        fetch(order.make(tiny))


def test_two_at_once_are_refused(hub: server.Hub, tiny: catalog.ModelSpec) -> None:
    with store.locked("tiny"), pytest.raises(ModelError, match="another command is working on it"):
        fetch(order.make(tiny))
    assert not hub.requests
