"""The thread that makes and fills the workspace, driven by a real folder."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from completion.memory import Memory
from completion.workspace.workspace import Workspace
from lsp_server import workspace as module
from lsp_server.workspace import Indexing


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / ".gitignore").write_text("build/\n")
    (folder / "src" / "shapes.py").write_text("class Triangle:\n    pass\n")
    return folder


@asynccontextmanager
async def started(*folders: Path) -> AsyncIterator[tuple[Indexing, Memory]]:
    memory = Memory()
    indexing = Indexing(memory)
    indexing.start(folders)
    await indexing.ready()
    try:
        yield indexing, memory
    finally:
        await indexing.aclose()


async def becomes_true(condition: Callable[[], bool]) -> None:
    """The thread tells nobody what it has done; looked at again and again, and for ever if it never does."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


def knows(memory: Memory, name: str) -> bool:
    return memory.workspace is not None and memory.workspace.index.knows(name)


async def test_the_folder_is_indexed_and_said_once(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        async with started(root) as (_, memory):
            assert memory.workspace is not None
            await becomes_true(lambda: "index: " in caplog.text)
            assert knows(memory, "Triangle")
    (line,) = [record.message for record in caplog.records if record.message.startswith("index: ")]
    assert line.startswith("index: 1 files looked at, 1 with 1 names in 0.0 MB")


async def test_news_are_taken_over(root: Path) -> None:
    async with started(root) as (indexing, memory):
        await becomes_true(lambda: knows(memory, "Triangle"))
        (root / "src" / "more.py").write_text("def circumference(radius):\n    return radius\n")
        indexing.changed(["src/more.py"])
        await becomes_true(lambda: knows(memory, "circumference"))
        (root / "src" / "shapes.py").unlink()
        indexing.changed(["src/shapes.py", "/somewhere/else.py", ""])
        await becomes_true(lambda: not knows(memory, "Triangle"))


async def test_what_tools_have_made_is_no_news(root: Path) -> None:
    async with started(root) as (indexing, memory):
        await becomes_true(lambda: knows(memory, "Triangle"))
        (root / "node_modules" / "left").mkdir(parents=True)
        (root / "node_modules" / "left" / "pad.js").write_text("function leftPad() {}\n")
        (root / "src" / "other.py").write_text("def other():\n    pass\n")
        indexing.changed(["node_modules/left/pad.js"])
        indexing.changed(["src/other.py"])
        await becomes_true(lambda: knows(memory, "other"))
        assert not knows(memory, "leftPad")


async def test_very_much_news_is_one_look_at_everything(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CHANGED", 1)
    async with started(root) as (indexing, memory):
        await becomes_true(lambda: knows(memory, "Triangle"))
        (root / "src" / "unnamed.py").write_text("def unnamed():\n    pass\n")
        indexing.changed(["src/a.py", "src/b.py"])
        await becomes_true(lambda: knows(memory, "unnamed"))


async def test_every_now_and_then_everything_is_looked_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REFILL_SECONDS", 0.01)
    async with started(root) as (indexing, memory):
        await becomes_true(lambda: knows(memory, "Triangle"))
        (root / "src" / "unnamed.py").write_text("def unnamed():\n    pass\n")
        with indexing.paused():
            pass
        await becomes_true(lambda: knows(memory, "unnamed"))


async def test_new_rules_hold_at_once_and_for_what_was_indexed(root: Path) -> None:
    async with started(root) as (indexing, memory):
        await becomes_true(lambda: knows(memory, "Triangle"))
        assert memory.workspace is not None
        (root / ".copilotignore").write_text("shapes.py\n")
        indexing.changed([".copilotignore"])
        assert not knows(memory, "Triangle")
        refused = memory.workspace.refusal("src/shapes.py")
        assert refused is not None
        assert refused.reason == "ignored by .copilotignore:1 (shapes.py)"
        (root / "src" / "open.py").write_text("def opened():\n    pass\n")
        indexing.changed(["src/open.py"])
        await becomes_true(lambda: knows(memory, "opened"))
        assert not knows(memory, "Triangle")


async def test_documents_to_show_beside_others_are_judged_by_the_thread(root: Path) -> None:
    async with started(root) as (indexing, _):
        assert not indexing.may_show("src/shapes.py"), "not known yet"
        assert not indexing.may_show("build/out.py")
        await becomes_true(lambda: indexing.may_show("src/shapes.py"))
        indexing.may_show(".env")
        indexing.may_show("/elsewhere/a.py")
        indexing.may_show("src/later.py")
        await becomes_true(lambda: indexing.may_show("src/later.py"))
        assert not any(map(indexing.may_show, ("build/out.py", ".env", "/elsewhere/a.py")))
        (root / ".gitignore").write_text("src/\n")
        indexing.changed([".gitignore"])
        assert not indexing.may_show("src/shapes.py")


async def test_nothing_is_read_while_somebody_waits(root: Path) -> None:
    memory = Memory()
    indexing = Indexing(memory)
    with indexing.paused():
        indexing.start([root])
        await indexing.ready()
        with indexing.paused():
            pass
        # The thread waits before the first file: it is alive, and what it would have to say is not there.
        assert any(thread.name == "index" for thread in threading.enumerate())
        assert memory.workspace is not None
        assert not knows(memory, "Triangle")
    await becomes_true(lambda: knows(memory, "Triangle"))
    await indexing.aclose()


async def test_it_stops_although_somebody_waits(root: Path) -> None:
    memory = Memory()
    indexing = Indexing(memory)
    with indexing.paused():
        indexing.start([root])
        await indexing.ready()
        await indexing.aclose()
    assert not knows(memory, "Triangle")
    assert not any(thread.name == "index" for thread in threading.enumerate())


async def test_without_a_folder_names_are_judged_all_the_same() -> None:
    async with started() as (indexing, memory):
        assert memory.workspace is None
        refused = indexing.refusal("/home/somebody/.env")
        assert refused is not None
        assert refused.reason == "secret file"
        assert indexing.refusal("/home/somebody/a.py") is None
        assert not indexing.may_show("/home/somebody/a.py")
        indexing.changed(["a.py"])


async def test_ignore_files_of_further_folders_hold(root: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    (second / ".copilotignore").write_text("plans/\n")
    async with started(root, second) as (indexing, _):
        refused = indexing.refusal(str(second / "plans" / "a.py"))
        assert refused is not None
        assert refused.reason == "ignored by .copilotignore:1 (plans/)"
        assert indexing.refusal(str(second / "a.py")) is None
        # Below the first folder the workspace in memory says it.
        assert indexing.refusal(".env") is None


async def test_without_rules_nothing_is_offered(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_self: Indexing, _folders: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(Indexing, "_make", fails)
    async with started(root) as (indexing, memory):
        assert memory.workspace is None
        refused = indexing.refusal("src/shapes.py")
        assert refused is not None
        assert refused.reason == "which files are secret is not known"


async def test_a_failed_look_is_not_the_end(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_self: Workspace, *_arguments: object) -> None:
        raise RecursionError

    monkeypatch.setattr(Workspace, "fill", fails)
    async with started(root) as (indexing, memory):
        await becomes_true(lambda: "a look at the files failed: RecursionError" in caplog.text)
        indexing.changed(["src/shapes.py"])
        await becomes_true(lambda: knows(memory, "Triangle"))


async def test_before_the_start_nobody_waits() -> None:
    indexing = Indexing(Memory())
    await indexing.ready()
    await indexing.aclose()
