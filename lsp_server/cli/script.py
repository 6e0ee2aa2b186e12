"""`lsp-copilot script KIND "request"`: a script with its evidence; `script check KIND FILE`: the evidence alone."""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from completion.errors import InputError
from lsp_server import scripts
from lsp_server.options import Resolved

if TYPE_CHECKING:
    from completion.scripts.types import Attempt, Outcome, ScriptRequest
    from completion.settings import Settings
    from lsp_server.cli.script_show import Stage

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

INVALID = 3
_EPILOG = """\
examples:
  lsp-copilot script sql "customers without orders" --schema shop.db
  lsp-copilot script shell "remove empty folders below build" -o clean.sh
  lsp-copilot script kubernetes "a cron job that runs backup every night" --k8s-version 1.34
  lsp-copilot script regex "a date such as 2026-11-24" --match 2026-01-31 --no-match 31.01.2026
  lsp-copilot script check dockerfile Dockerfile
  lsp-copilot script sql --translate-to postgres --source queries.sql --dialect sqlite
  lsp-copilot script shell --fix --source deploy.sh

The script goes to standard output, the evidence to standard error. Nothing is ever run.
exit codes: 0 valid, or no check could say anything; 1 an error; 2 wrong usage; 3 invalid; 130 interrupted
"""
_ABOUT = {
    "sql": "SQL statements",
    "shell": "a shell script",
    "dockerfile": "a Dockerfile",
    "compose": "a compose file",
    "kubernetes": "Kubernetes manifests",
    "regex": "a regular expression (Python's flavour)",
    "python": "a small Python script",
}


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "script",
        help="write a script, or check one: SQL, shell, Dockerfile, compose, Kubernetes, regex, Python",
        description="Write a script and check it with real validators, or check one that there is. "
        "Each kind has options of its own: lsp-copilot script KIND --help.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    for name in scripts.KINDS:
        own = kinds.add_parser(name, help=_ABOUT[name], epilog=_exits(), formatter_class=_Plain)
        _add_writing(own, name)
        _add_material(own, name)
        own.set_defaults(run=run)
    check = kinds.add_parser(
        "check", help="check a file: no model is needed", description="Checks, risks and names of a file; no model."
    )
    checked = check.add_subparsers(dest="kind", metavar="KIND", required=True)
    for name in scripts.KINDS:
        own = checked.add_parser(name, help=_ABOUT[name], epilog=_exits(), formatter_class=_Plain)
        own.add_argument("file", metavar="FILE", type=Path, help='the file, or "-" for standard input')
        _add_material(own, name)
        own.add_argument("--json", action="store_true", help="one JSON object on standard output")
        own.set_defaults(run=run_check)


def run(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Write a script: exit code 0 when it is valid or nothing could be checked, 3 when it is invalid."""
    from lsp_server.cli import script_file, script_request, script_show

    if arguments.output is not None:
        script_file.prepare(arguments.output, arguments.force)
    request = script_request.of(arguments, script_show.say)
    if request is None:
        return 0
    stage = script_show.Stage(silent=arguments.json or arguments.output is not None)
    outcome = asyncio.run(_written(request, resolved.settings, stage))
    best = outcome.best
    stage.end(outcome, seeded=script_request.seeded(arguments, request))
    if arguments.output is not None and best.text.strip():
        script_file.write(arguments.output, best.text, arguments.force)
        script_show.say(f"written to {arguments.output}")
    if arguments.json:
        from lsp_server import scripts_text

        print(json.dumps(scripts_text.table(outcome), ensure_ascii=False))
    return _code(best)


def run_check(arguments: argparse.Namespace, _resolved: Resolved) -> int:
    """Check a file: exit code 0 when it is valid or nothing could be checked, 3 when it is invalid."""
    from lsp_server import scripts_text
    from lsp_server.cli import script_file, script_request, script_show

    text = script_file.read(arguments.file)
    attempt = scripts.examined(arguments.kind_name, text, script_request.material(arguments, script_show.say))
    if arguments.json:
        table = scripts_text.attempt_table(attempt)
        print(json.dumps({key: table[key] for key in ("state", "verdicts", "risks", "unverified")}, ensure_ascii=False))
    else:
        # What is asked for is the answer here: it goes to standard output.
        for line in script_show.judged(attempt, arguments.file):
            print(scripts_text.shown(line))
    return _code(attempt)


async def _written(request: ScriptRequest, settings: Settings, stage: Stage) -> Outcome:
    from completion.scripts.types import Outcome
    from lsp_server.cli import session

    async with AsyncExitStack() as stack:
        engine = None
        if scripts.needs_model(request):
            engine = await stack.enter_async_context(session.engine(settings, role="script"))
        events = await stack.enter_async_context(aclosing(scripts.written(request, engine)))
        async for event in events:
            if isinstance(event, Outcome):
                return event
            stage.take(event)
    raise InputError("The model said nothing.", advice="Try again with --another, or with other words.")


def _code(attempt: Attempt) -> int:
    return INVALID if attempt.state == "invalid" else 0


def _exits() -> str:
    return _EPILOG[_EPILOG.index("exit codes") :]


def _add_writing(parser: argparse.ArgumentParser, kind: str) -> None:
    parser.description = f'Write {_ABOUT[kind]}. The request is words, or "-" to read them from standard input.'
    parser.add_argument("request", metavar="REQUEST", nargs="?", default="", help='what is wanted, or "-"')
    parser.add_argument(
        "--context", metavar="FILE", type=Path, action="append", default=[], help="a file to look at (repeatable)"
    )
    tasks = parser.add_mutually_exclusive_group()
    tasks.add_argument("--translate-to", metavar="TARGET", default="", help="translate --source: a dialect or language")
    tasks.add_argument("--fix", action="store_true", help="fix what the checks find in --source")
    tasks.add_argument("--explain", action="store_true", help="explain --source")
    parser.add_argument("--source", metavar="FILE", type=Path, help='the script for these, or "-" for standard input')
    parser.add_argument(
        "--temperature", metavar="T", type=_temperature, help="0 says the likeliest (default), up to 2 is freer"
    )
    dice = parser.add_mutually_exclusive_group()
    dice.add_argument("--seed", metavar="N", type=_seed, help="number that the choices depend on, at a temperature")
    dice.add_argument("--another", action="store_true", help="another try: a new seed, and a temperature of 0.7")
    parser.add_argument(
        "--repairs", metavar="N", type=int, choices=(0, 1, 2), default=2, help="rounds of repair at most (default: 2)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object: the text and its evidence")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write the script to a new file")
    parser.add_argument(
        "--force", action="store_const", const="force", default="", help="let -o replace a file that is there"
    )


def _add_material(parser: argparse.ArgumentParser, kind: str) -> None:
    parser.set_defaults(kind_name=kind, schema=None, dialect="", k8s_version="", match=[], no_match=[])
    if kind == "sql":
        parser.add_argument(
            "--schema",
            metavar="FILE",
            help="a .sql file, a SQLite or DuckDB database, or a folder of migrations "
            "(default: schema.sql or the migrations below the current folder; none: no schema)",
        )
        parser.add_argument(
            "--dialect", metavar="D", default="", help=f"{', '.join(scripts.DIALECTS)}, … (default: sqlite)"
        )
    elif kind == "shell":
        parser.add_argument(
            "--dialect", choices=("bash", "sh", "posix"), default="", help="default: as the first line says, else bash"
        )
    elif kind == "kubernetes":
        parser.add_argument("--k8s-version", metavar="V", default="", help='version of the cluster, as in "1.34"')
    elif kind == "regex":
        for option, what in (("--match", "must match"), ("--no-match", "must not match")):
            parser.add_argument(
                option, metavar="TEXT", action="append", default=[], help=f"a text that it {what} (repeatable)"
            )


class _Plain(argparse.RawDescriptionHelpFormatter):
    """Help whose last lines are kept as they are."""


def _temperature(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 2:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 2, got {text!r}")
    return value


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 1 << 31:
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to {(1 << 31) - 1}, got {text!r}")
    return int(text)
