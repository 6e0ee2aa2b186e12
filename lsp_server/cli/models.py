"""`lsp-copilot models`: what there is, what fits, and how it comes here and goes again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_server.options import Resolved

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_EPILOG = """\
examples:
  lsp-copilot models list                            what this machine can run
  lsp-copilot models choose --explain                which model would be chosen, with the arithmetic
  lsp-copilot models pull qwen2.5-coder-1.5b         show size and licence, ask, fetch
  lsp-copilot models pull qwen2.5-coder-1.5b --from https://mirror.example/gguf/
  lsp-copilot models use qwen2.5-coder-1.5b          write it into config.toml

Models lie in your own data folder; LSP_COPILOT_MODELS_DIR moves it. Your own tables of models go into
models.toml beside config.toml. `pull` is the only command that connects to anything, and it asks first;
proxies, tokens and mirrors are taken from HTTPS_PROXY, HF_TOKEN and HF_ENDPOINT.
"""


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "models",
        help="list, choose, fetch and remove models",
        description="What models there are, which of them this machine can run, and how they come here.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, parser=parser, action=None)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    _add_looking(actions)
    _add_fetching(actions)
    _add_keeping(actions)


def run(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Run one action; without one, show what there is."""
    from lsp_server.cli import models_files, models_pull, models_table, models_use

    if arguments.action is None:
        arguments.parser.print_help()
        return 2
    actions = {
        "list": models_table.run_list,
        "choose": models_table.run_choose,
        "pull": models_pull.run,
        "add": models_files.add,
        "verify": models_files.verify,
        "remove": models_files.remove,
        "use": models_use.run,
    }
    return actions[arguments.action](arguments, resolved)


def _add_looking(actions: Subparsers) -> None:
    parser = actions.add_parser(
        "list",
        help="what this machine can run: size, memory, time to the first line, licence",
        description="The models of the catalogue, by size. Memory and time are calculated for this machine.",
    )
    parser.add_argument("--all", action="store_true", help="also models that do not fit or cannot be fetched")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser = actions.add_parser(
        "choose",
        help="which model would be chosen, and why",
        description="The best model that runs on this machine within the time budget (latency_ms).",
    )
    parser.add_argument("--explain", action="store_true", help="with the arithmetic for every model")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--role", choices=("completion", "script"), default="completion", help="what it is for")


def _add_fetching(actions: Subparsers) -> None:
    parser = actions.add_parser(
        "pull",
        help="fetch a model: shows size and licence and asks first",
        description="Fetches a model of the catalogue. A download that was cut goes on where it ended.",
    )
    parser.add_argument("name", metavar="NAME", help="the model's name in the catalogue")
    parser.add_argument("--quantization", metavar="Q", help="for example Q4_K_M (default: what suits this machine)")
    parser.add_argument(
        "--from", dest="source", metavar="PLACE", help="URL of the file, URL of a folder (ends in /), or a local folder"
    )
    parser.add_argument("--yes", action="store_true", help="accept size and licence without being asked")
    parser = actions.add_parser(
        "add",
        help="take a file of your own into the store",
        description="Takes a GGUF file or a safetensors folder into the store: a link on the same disk, else a copy.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="a GGUF file or a safetensors folder")
    parser.add_argument("--name", metavar="NAME", help="which model of the catalogue it is (default: by its file name)")


def _add_keeping(actions: Subparsers) -> None:
    parser = actions.add_parser("verify", help="compare checksums", description="Reads all files and compares.")
    parser.add_argument("name", metavar="NAME", nargs="?", help="one model only")
    parser = actions.add_parser(
        "remove", help="delete a model from the store", description="Deletes a model and what was begun of it."
    )
    parser.add_argument("name", metavar="NAME", help="the model's name")
    parser.add_argument("--yes", action="store_true", help="without being asked")
    parser = actions.add_parser(
        "use",
        help="write a model into config.toml",
        description="Writes the model into your config.toml; comments and all other settings stay as they are.",
    )
    parser.add_argument("name", metavar="NAME", help="the model's name, or auto")
    parser.add_argument("--role", choices=("completion", "script"), help="what for (default: completion if it can)")
