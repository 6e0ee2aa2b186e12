"""`lsp-copilot why`: why the last suggestion came, or why there was none, in the servers of this user."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from lsp_server.options import Resolved

if TYPE_CHECKING:
    from lsp_server.why_file import Told

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "why",
        help="why the last suggestion was shown, or none was",
        description="What became of the last request of each editor that runs, or ran not long ago: "
        "what was shown or why not, how sure it was, which filters were hit, and what took how long.",
    )
    parser.add_argument("--last", metavar="N", type=_count, default=1, help="the last N requests (default: 1)")
    parser.add_argument("--json", action="store_true", help="one JSON array with a server in each element")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, _resolved: Resolved) -> int:
    """Print the records: exit code 0, or 3 when no server has told anything yet."""
    from lsp_server import why_file, why_text

    servers = why_file.read()
    if arguments.json:
        print(json.dumps([_table(told, arguments.last) for told in servers]))
    elif not servers:
        print(f"lsp-copilot: {why_text.NOTHING_YET}", file=sys.stderr)
    for number, told in enumerate(() if arguments.json else servers):
        print(("\n" if number else "") + _title(told))
        for record in told.records[: arguments.last]:
            print("\n" + why_text.plain(record))
    return 0 if servers else 3


def _title(told: Told) -> str:
    from lsp_server import why_file, why_text

    where = f" in {why_text.clean(told.workspace)}" if told.workspace else ""
    return f"# Server {told.pid}{where}" + ("" if why_file.runs(told.pid) else " (it has ended)")


def _table(told: Told, last: int) -> dict[str, object]:
    from lsp_server import why_file

    records = [asdict(record) for record in told.records[:last]]
    return {"pid": told.pid, "workspace": told.workspace, "running": why_file.runs(told.pid), "records": records}


def _count(text: str) -> int:
    count = int(text) if text.isdecimal() else 0
    if count < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, got {text!r}")
    return count
