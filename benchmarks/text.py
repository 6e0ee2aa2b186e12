"""What one edit costs: the text and its line table, the positions, the tree, and the whole way of a `didChange`.

    python -m benchmarks.text [--lines 1000 10000 50000] [--edits 2000]

Each edit inserts or takes away characters and line breaks near the start, the middle or the end of a file (a module of
the standard library, repeated), as it was left by the edit before. Beside it, in the same run, a reference that is
written simply: the text as lines of characters (`splitlines`), joined and split anew for each edit, as servers do that
keep no table. The tree is measured through `TreeStore` (the edit is found by comparing, then parsed incrementally; no
tree above 1 MB), `didChange` from the parsed JSON of the message to the session's new text. Milliseconds: what the
clock says, and of the processor, which other processes do not lengthen by their turns. The ratio is of the processor's
99th percentiles. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import random
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from lsprotocol import types

from completion.syntax import languages
from completion.syntax.tree import TreeStore
from completion.types import Document
from lsp_server import rpc
from lsp_server.convert import Encoding, Text
from lsp_server.handlers.documents import change_of
from lsp_server.session import Session

ENCODING = Encoding.UTF16
URI = "file:///workspace/module.py"
PLACES = ("start", "middle", "end")
KINDS = {"ascii": {}, "mixed": {"self": "sélbst", "None": "'😀'", "argument": "größe"}}
"""What is replaced in the module."""

Times = list[tuple[float, float]]
Edit = tuple[tuple[int, int], tuple[int, int], str]


def main() -> None:
    """Measure, print a table and one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, nargs="+", default=[1000, 10_000, 50_000], help="lines of the files")
    parser.add_argument("--edits", type=int, default=2000, help="edits for each place of each file")
    arguments = parser.parse_args()
    report: dict[str, dict[str, Any]] = {}
    print(f"{'file':<16}{'':<20}{'p50 ms':>10}{'p99 ms':>10}{'p50 cpu':>10}{'p99 cpu':>10}")
    for lines in arguments.lines:
        for kind in KINDS:
            name = f"{kind} {lines}"
            report[name] = measured(lines, kind, arguments.edits)
            for row, values in report[name].items():
                print(f"{name:<16}{row:<20}" + "".join(f"{value:>10.4f}" for value in values))
    ratios = {name: round(rows["edit"][3] / rows["reference edit"][3], 4) for name, rows in report.items()}
    load = round(os.getloadavg()[0], 1)
    print(json.dumps({"edits": arguments.edits, "ms": report, "edit_to_reference": ratios, "load": load}))


def measured(lines: int, kind: str, edits: int) -> dict[str, list[float]]:
    """p50 and p99 of everything by the clock, then of the processor, for a file of so many lines."""
    text = source(lines, KINDS[kind])
    found: dict[str, Times] = {}
    for place in PLACES:
        script = list(edits_near(place, lines, edits, random.Random(f"{lines}{kind}{place}")))
        times = edit_times(text, script)
        found[f"edit, {place}"] = times
        found.setdefault("edit", []).extend(times)
        few = script[: max(20, edits // 40)]
        found.setdefault("reference edit", []).extend(reference_times(text, few))
        found.setdefault("didChange", []).extend(message_times(text, script))
        found.setdefault("tree", []).extend(tree_times(text, few))
    table = Text.of(text)
    rng = random.Random(1)
    points = [(rng.randrange(lines), rng.randrange(40)) for _ in range(edits)]
    found["position → offset"] = [timed(partial(table.offset, *at, ENCODING)) for at in points]
    offsets = [rng.randrange(len(table.source)) for _ in range(edits)]
    found["offset → position"] = [timed(partial(table.position, at, ENCODING)) for at in offsets]
    found["open"] = [timed(partial(Text.of, text)) for _ in range(10)]
    found["first parse"] = [taken for _ in range(3) for taken in first_parse(text)]
    return {name: percentiles(values) for name, values in found.items()}


def source(lines: int, replaced: Mapping[str, str]) -> str:
    """A Python file of so many lines."""
    module = inspect.getsource(argparse)
    for old, new in replaced.items():
        module = module.replace(old, new)
    rows = module.splitlines(keepends=True)
    return "".join(rows[at % len(rows)] for at in range(lines))


def edits_near(place: str, lines: int, count: int, rng: random.Random) -> Iterable[Edit]:
    """Typing, deleting and breaking lines near a place; the number of lines stays about the same."""
    middle = {"start": 20, "middle": lines // 2, "end": lines - 20}[place]
    for number in range(count):
        at = (middle + rng.randint(-5, 5), rng.randint(4, 12))
        match number % 6:
            case 0 | 1 | 2:
                yield at, at, rng.choice("xyé_ ")
            case 3:
                yield at, (at[0], at[1] + 1), ""
            case 4:
                yield at, at, "\n    "
            case _:
                yield (at[0] - 1, 8), (at[0], 4), ""


def edit_times(text: str, script: Iterable[Edit]) -> Times:
    """Of the edits of a text with its line table."""
    table, times = Text.of(text), []
    for start, end, new in script:
        begun = now()
        table = table.replaced(start, end, new, ENCODING)
        times.append(since(begun))
    return times


def reference_times(text: str, script: Iterable[Edit]) -> Times:
    """Of the same edits, of a text that is split into lines for each."""
    times = []
    for start, end, new in script:
        begun = now()
        lines = text.splitlines(keepends=True)
        before = "".join(lines[: start[0]]) + characters(lines[start[0]], start[1])
        after = lines[end[0]][len(characters(lines[end[0]], end[1])) :] + "".join(lines[end[0] + 1 :])
        text = before + new + after
        times.append(since(begun))
    return times


def characters(line: str, units: int) -> str:
    """The beginning of a line that takes so many UTF-16 units."""
    return line.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


def message_times(text: str, script: Iterable[Edit]) -> Times:
    """From a message's JSON values to the session's new text."""
    session, converter, times = Session(), rpc.strict_converter(), []
    session.open(URI, "python", 0, text)
    for version, (start, end, new) in enumerate(script, 1):
        where = {name: {"line": at[0], "character": at[1]} for name, at in (("start", start), ("end", end))}
        raw = {"textDocument": {"uri": URI, "version": version}, "contentChanges": [{"range": where, "text": new}]}
        begun = now()
        params = rpc.params(converter, types.TEXT_DOCUMENT_DID_CHANGE, raw)
        session.change(URI, version, map(change_of, params.content_changes))
        times.append(since(begun))
    return times


def tree_times(text: str, script: Iterable[Edit]) -> Times:
    """Of the tree after each edit: finding the edit, and parsing it."""
    store, table, times = TreeStore(), Text.of(text), []
    python = languages.find("python")
    assert python is not None
    store.parse(Document("a.py", "python", table.source), python)
    for start, end, new in script:
        table = table.replaced(start, end, new, ENCODING)
        document = Document("a.py", "python", table.source)
        begun = now()
        parsed = store.parse(document, python)
        if parsed is not None:
            times.append(since(begun))
    return times


def first_parse(text: str) -> Times:
    """Of a file that was just opened; nothing where it gets no tree."""
    python = languages.find("python")
    assert python is not None
    document = Document("a.py", "python", text.encode())
    begun = now()
    return [since(begun)] if TreeStore().parse(document, python) is not None else []


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of one call."""
    begun = now()
    work()
    return since(begun)


def now() -> tuple[float, float]:
    """What the clock and the processor say, in seconds."""
    return time.perf_counter(), time.thread_time()


def since(begun: tuple[float, float]) -> tuple[float, float]:
    """Milliseconds since then."""
    clock, processor = now()
    return (clock - begun[0]) * 1000, (processor - begun[1]) * 1000


def percentiles(times: Times) -> list[float]:
    """p50 and p99 by the clock, then of the processor; zeros of nothing."""
    columns = [sorted(column) for column in zip(*times, strict=True)] or [[0.0], [0.0]]
    return [round(column[int(share * (len(column) - 1))], 4) for column in columns for share in (0.5, 0.99)]


if __name__ == "__main__":
    main()
