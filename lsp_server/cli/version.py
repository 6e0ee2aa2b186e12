"""`lsp-copilot version`: the program and what it stands on."""

from __future__ import annotations

import argparse
import platform
from importlib import metadata
from typing import TYPE_CHECKING

from completion import __version__
from lsp_server.options import Resolved

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

PACKAGES = ("pygls", "lsprotocol", "xllamacpp", "tree-sitter", "pydantic", "aiohttp")


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser("version", help="versions of the program and of what it stands on")
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace, _resolved: Resolved) -> int:
    """Print the versions."""
    print(f"lsp-copilot {__version__}")
    print(f"python      {platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in PACKAGES:
        print(f"{package:<11} {installed(package)}")
    return 0


def installed(package: str) -> str:
    """The installed version of a distribution, or "not installed"."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
