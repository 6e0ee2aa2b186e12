"""The file with a server's records: private, whole, bounded, and written now and then only."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lsp_server import why_file
from lsp_server.why import KEPT, Record, Tried, Why
from lsp_server.why_file import Told, WhyFile

RECORD = Record(
    100.0,
    "textDocument/inlineCompletion",
    "automatic",
    "a.py",
    3,
    "python",
    "shown",
    candidates=(Tried("engine", 0.5),),
    rules=("overlap",),
    confidence=0.5,
    unknown=1,
    unknown_names=("secret_name",),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LSP_COPILOT_RUNTIME_DIR", str(tmp_path / "run"))
    return tmp_path / "run"


def ended_process() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_is_written_is_read_but_for_names_of_the_document(folder: Path) -> None:
    told = Told(os.getpid(), "/w", 1.0, (RECORD,))
    path = why_file.write(told)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "secret_name" not in path.read_text()
    assert why_file.read() == [replace(told, records=(replace(RECORD, unknown_names=()),))]
    assert [file.name for file in folder.iterdir()] == [path.name]


def test_a_full_file_is_small() -> None:
    path = why_file.write(Told(1, "/w", 1.0, (RECORD,) * KEPT))
    assert path.stat().st_size < 64_000


def test_the_server_that_was_asked_last_comes_first() -> None:
    for pid, at in ((11, 5.0), (12, 9.0), (13, 7.0)):
        why_file.write(Told(pid, "", 1.0, (replace(RECORD, at=at),)))
    assert [told.pid for told in why_file.read()] == [12, 13, 11]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff", b'{"pid":1,"workspace":"","records":5}'])
def test_files_that_cannot_be_read_are_left_out(folder: Path, content: bytes) -> None:
    good = why_file.write(Told(2, "", 1.0, ()))
    (folder / "why-1.json").write_bytes(content)
    assert [told.pid for told in why_file.read()] == [2]
    assert good.exists()


def test_of_servers_that_are_gone_the_newest_are_kept(folder: Path) -> None:
    gone = ended_process()
    # Numbers that no process has, with the one that is known to be gone as the oldest.
    numbers = [gone, *range(2**22 + 1, 2**22 + 6)]
    for age, pid in enumerate(numbers):
        os.utime(why_file.write(Told(pid, "", 1.0, ())), (1000 + age, 1000 + age))
    ours = why_file.write(Told(os.getpid(), "", 1.0, ()))
    os.utime(ours, (1, 1))
    (folder / "why-x.new").touch()
    os.utime(folder / "why-x.new", (1, 1))
    (folder / "91fa8b7053f7afbe.json").touch()
    why_file.prune()
    kept = {f"why-{pid}.json" for pid in numbers[2:]} | {ours.name, "91fa8b7053f7afbe.json"}
    assert {file.name for file in folder.iterdir()} == kept


async def test_many_records_are_few_writings(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    original = why_file.write

    def counted(told: Told) -> Path:
        written.append(len(told.records))
        return original(told)

    monkeypatch.setattr(why_file, "write", counted)
    why = Why()
    kept = WhyFile(why.newest, lambda: "/w")
    why.on_new = kept.changed
    for _ in range(30):
        why.add(RECORD)
    # The first is written at once, in a thread; the next not before a second has passed, or at the end.
    while not written:
        await asyncio.sleep(0)
    why.add(RECORD)
    await kept.aclose()
    assert written == [30, 31]
    assert len(why_file.read()[0].records) == 31
    why.add(RECORD)
    await asyncio.sleep(0)
    assert written == [30, 31]


async def test_a_folder_that_cannot_be_used_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LSP_COPILOT_RUNTIME_DIR", str(tmp_path / "file"))
    why = Why()
    kept = WhyFile(why.newest, lambda: "")
    why.on_new = kept.changed
    why.add(RECORD)
    await asyncio.sleep(0)
    why.add(RECORD)
    await kept.aclose()
    assert caplog.text.count("will know nothing of this server") == 1
