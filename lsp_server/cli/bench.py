"""`lsp-copilot bench`: how fast the models on this machine are, and which of them completes your own code best."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_server.options import Resolved

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_EPILOG = """\
examples:
  lsp-copilot bench                                  reading and writing speed, and the wait for the first token
  lsp-copilot bench ~/src/project                    ends of lines taken out of your own files, per model
  lsp-copilot bench . --language python --holes 300  more holes, less chance
  lsp-copilot bench --picture speed.svg --json

Models that are here are measured: the shipped one, those that `models pull` and `models add` brought, and
model_path. Nothing leaves this machine, and nothing of your code is written or printed unless you say --show.
"""


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "bench",
        help="measure the models that are here, also on your own code",
        description="Without REPO: how fast each model is. With REPO: how often each is exactly right in your code.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("repository", nargs="?", type=Path, metavar="REPO", help="a folder with code")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this model; may be given again")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="write a bar chart")
    parser.add_argument("--rounds", type=_count(50), default=5, help="speed: rounds that count (default: 5)")
    parser.add_argument("--language", default="", metavar="ID", help="REPO: only this language")
    parser.add_argument("--holes", type=_count(10_000), default=100, help="REPO: how many holes (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="REPO: another seed, other holes (default: 1)")
    parser.add_argument("--show", type=_count(10_000), default=0, metavar="N", help="REPO: print N holes with answers")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Run one of the two measurements."""
    from lsp_server.cli import bench_picture, bench_repository, bench_speed

    if arguments.picture is not None:
        # Before anything is measured.
        bench_picture.check(arguments.picture)
    if arguments.repository is None:
        return bench_speed.run(arguments, resolved)
    return bench_repository.run(arguments, resolved)


class _count:  # noqa: N801  (argparse shows the name)
    """A number from 1 to `most`, with a sentence for anything else."""

    def __init__(self, most: int) -> None:
        self._most = most

    def __call__(self, text: str) -> int:
        if text.isascii() and text.isdigit() and 0 < int(text) <= self._most:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {self._most}")
