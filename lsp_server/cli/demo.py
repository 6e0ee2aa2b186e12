"""`lsp-copilot demo`: watch the model complete holes in the example files, with timings."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from completion.errors import InputError
from lsp_server.options import Resolved

if TYPE_CHECKING:
    from completion.inline import Trace
    from completion.types import CompletionRequest
    from completion.workspace.workspace import Workspace
    from lsp_server.compose import Engine

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

LINES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Hole:
    """A cursor position in a file from which the rest of the line was taken away."""

    request: CompletionRequest
    line: int
    expected: str


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser("demo", help="complete marked holes in example files and show the timings")
    parser.add_argument("folder", nargs="?", type=Path, help="a folder with a holes.toml (default: the examples)")
    parser.add_argument(
        "--workspace",
        type=Path,
        metavar="DIR",
        help="the folder whose files may be shown to the model (default: the one with the holes)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a hole, then a summary")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Run the demo: exit code 0 when the model answered at least one hole."""
    from completion.workspace.workspace import Workspace
    from lsp_server.cli import surroundings

    folder = arguments.folder or _examples()
    holes = read_holes(folder)
    workspace = Workspace(surroundings.folder_of(folder / "holes.toml", arguments.workspace or folder))
    answered = asyncio.run(_demo(holes, resolved, workspace, arguments.json))
    return 0 if answered else 1


def read_holes(folder: Path) -> list[Hole]:
    """The holes of `folder/holes.toml`. Raises `InputError` that names the hole."""
    from completion.types import CompletionRequest, Trigger
    from lsp_server.cli import position

    listing = folder / "holes.toml"
    try:
        tables = tomllib.loads(listing.read_text("utf-8")).get("hole", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{listing}: cannot be read: {error}.") from error
    holes = []
    for number, table in enumerate(tables, start=1):
        document = position.read_document(folder / table["file"])
        text = document.source.decode()
        start = text.find(table["from"])
        cursor = text.find(table["after"], start) + len(table["after"])
        if start < 0 or cursor < len(table["after"]):
            raise InputError(f"{listing}: hole {number}: its text is not in {table['file']}.")
        end = text.find("\n", cursor)
        holed = replace(document, source=(text[:cursor] + text[end:]).encode())
        offset = len(text[:cursor].encode())
        request = CompletionRequest(holed, offset, Trigger.INVOKED)
        holes.append(Hole(request, text.count("\n", 0, cursor) + 1, text[cursor:end]))
    return holes


async def _demo(holes: list[Hole], resolved: Resolved, workspace: Workspace, as_json: bool) -> int:
    from completion import idle, inline
    from completion.memory import PATIENT, Memory
    from lsp_server.cli import session, surroundings

    show = _Screen(color=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    answered = right = tokens = 0
    first_ms: list[float] = []
    async with session.engine(resolved.settings) as engine:
        if not as_json:
            show.beginning(engine, len(holes))
        await asyncio.to_thread(workspace.fill, surroundings.BUDGET)
        started = time.perf_counter()
        for hole in holes:
            trace, memory = inline.Trace(), Memory(PATIENT, workspace=workspace)
            request = replace(hole.request, document=surroundings.seen_from(workspace, hole.request.document))
            idle.show_context(request, engine.model, memory)
            if not as_json:
                show.hole(hole)
            suggestion = await inline.complete(
                request,
                backend=engine.backend,
                model=engine.model,
                memory=memory,
                settings=resolved.settings,
                on_text=None if as_json else show.stream,
                trace=trace,
            )
            text = suggestion.text if suggestion else ""
            answered += bool(text)
            right += text.rstrip() == hole.expected.rstrip()
            tokens += trace.usage.completion_tokens
            first_ms.append(trace.first_ms)
            name = Path(hole.request.document.path).name
            if as_json:
                row = {"file": name, "line": hole.line, "text": text, "expected": hole.expected}
                print(json.dumps({**row, "first_ms": round(trace.first_ms, 1), "total_ms": round(trace.engine_ms, 1)}))
            else:
                show.result(hole, text, trace)
        seconds = time.perf_counter() - started
    median = sorted(first_ms)[len(first_ms) // 2] if first_ms else 0.0
    summary = {"holes": len(holes), "answered": answered, "exact": right, "tokens": tokens}
    if as_json:
        print(json.dumps({**summary, "first_ms_median": round(median, 1), "seconds": round(seconds, 2)}))
    else:
        print(
            f"{engine.model.title}: {answered} of {len(holes)} holes answered, {right} exactly as the file has it; "
            f"first token {median:.0f} ms (median), {tokens} tokens in {seconds:.1f} s. Nothing left this machine."
        )
        if engine.model.name == "embedded":
            print("This is a very small model after a short training: docs/embedded-model.md says what to")
            print("expect of it, and how to use a larger one. Next: lsp-copilot doctor, then editors/README.md.")
    return answered


class _Screen:
    """How a hole looks: what stands there dim, what the model writes green, or in « » without colors."""

    def __init__(self, *, color: bool) -> None:
        self._dim, self._written, self._end, self._bold, self._off = (
            ("\033[2m", "\033[32m", "\033[0m", "\033[1m", "\033[0m") if color else ("", "«", "»", "", "")
        )
        self._legend = "dim: the file; green: what the model writes" if color else "« »: what the model writes"

    def beginning(self, engine: Engine, holes: int) -> None:
        print(f"The rest of a line was taken out of the example files in {holes} places; {engine.model.title}")
        print(f"completes them on this machine, token by token as they come ({self._legend}).")
        print("Where a similar place of the file is surer than the model, that is shown instead.\n")

    def hole(self, hole: Hole) -> None:
        name = Path(hole.request.document.path).name
        lines = hole.request.prefix.split("\n")[-LINES_SHOWN:]
        print(f"{self._bold}{name}:{hole.line}{self._off}")
        for line in lines[:-1]:
            print(f"{self._dim}  {line}{self._off}")
        print(f"  {lines[-1]}{self._written}", end="", flush=True)

    def stream(self, text: str) -> None:
        print(text.split("\n")[0], end="", flush=True)

    def result(self, hole: Hole, text: str, trace: Trace) -> None:
        same = text.rstrip() == hole.expected.rstrip()
        verdict = "exactly what the file has" if same else f"the file has: {hole.expected.strip()}"
        if not text:
            verdict = f"not shown ({trace.reason}); {verdict}"
        elif trace.source == "copy":
            verdict = f"shown instead, as a similar place of the file has it: {text}; {verdict}"
        elif text != trace.generated.split("\n")[0]:
            verdict = f"shown after checking: {text}; {verdict}"
        timing = (
            f"first token {trace.first_ms:.0f} ms, {trace.usage.completion_tokens} tokens, {trace.engine_ms:.0f} ms"
        )
        print(f"{self._end}\n{self._dim}  └ {verdict} · {timing}{self._off}\n")


def _examples() -> Path:
    packaged = Path(str(resources.files("lsp_server"))) / "examples"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "examples"
