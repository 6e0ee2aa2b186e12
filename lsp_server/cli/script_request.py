"""What the arguments of `script` ask for, as a `ScriptRequest`; the files are read here.

Secrets in them are masked by whoever makes a prompt; here the user is told so.
"""

from __future__ import annotations

import argparse
import secrets as dice
from collections.abc import Callable
from pathlib import Path

from completion.errors import InputError
from completion.scripts.types import Finding, Material, ScriptRequest, Task
from lsp_server import scripts, scripts_schema
from lsp_server.cli import script_file

ANOTHER_TEMPERATURE = 0.7
_MOST_SEEDS = 1 << 31

Say = Callable[[str], None]


def of(arguments: argparse.Namespace, say: Say) -> ScriptRequest | None:
    """The request; None where a script is to be fixed that has no errors, which `say` is told. Raises `InputError`."""
    task = _task(arguments)
    source = _source(arguments, task)
    words = _words(arguments, task)
    known = material(arguments, say)
    finding = None
    if task == "fix":
        finding = _first_error(arguments.kind_name, source, known)
        if finding is None and not words:
            say(f"{arguments.source}: no check finds an error; there is nothing to fix.")
            return None
    context = tuple(_context(path) for path in arguments.context)
    for name, text in (*context, (str(arguments.source), source), ("the schema", known.schema)):
        _tell_secrets(name, text, say)
    temperature = arguments.temperature
    if temperature is None:
        temperature = ANOTHER_TEMPERATURE if arguments.another else 0.0
    return ScriptRequest(
        kind=arguments.kind_name,
        request=words,
        task=task,
        source=source,
        target=arguments.translate_to,
        finding=finding,
        material=known,
        context=context,
        temperature=temperature,
        seed=dice.randbelow(_MOST_SEEDS) if arguments.another else arguments.seed or 0,
        repairs=arguments.repairs,
    )


def seeded(arguments: argparse.Namespace, request: ScriptRequest) -> str:
    """The options that give the same try again, where chance was asked for; else ""."""
    return f"--seed {request.seed} --temperature {request.temperature:g}" if arguments.another else ""


def material(arguments: argparse.Namespace, say: Say) -> Material:
    """What the script is checked against; `say` hears which schema was found. Raises `InputError`."""
    dialect = arguments.dialect
    found = _schema(arguments, say) if arguments.kind_name == "sql" else None
    if arguments.kind_name == "sql" and dialect:
        dialect = _known_dialect(dialect, "--dialect")
    elif found is not None and found.text and (dialect := scripts_schema.dialect(found.text)):
        say(f"dialect: {dialect}, by the schema (name another one with --dialect)")
    return Material(
        dialect=dialect,
        schema=found.text if found is not None else "",
        database=found.database if found is not None else "",
        version=_version(arguments.k8s_version),
        matching=tuple(arguments.match),
        other=tuple(arguments.no_match),
    )


def _task(arguments: argparse.Namespace) -> Task:
    if arguments.translate_to:
        if arguments.kind_name == "sql":
            _known_dialect(arguments.translate_to, "--translate-to")
        return "translate"
    if arguments.fix:
        return "fix"
    return "explain" if arguments.explain else "write"


def _source(arguments: argparse.Namespace, task: Task) -> str:
    if task == "write":
        if arguments.source is not None:
            raise InputError(
                "--source: what shall become of it?", advice="Add --fix, --explain or --translate-to, or use --context."
            )
        return ""
    option = {"translate": "--translate-to", "fix": "--fix", "explain": "--explain"}[task]
    if arguments.source is None:
        raise InputError(f"{option}: which script?", advice="Name its file with --source.")
    if str(arguments.source) != "-":
        _admit(arguments.source, "--source")
    text = script_file.read(arguments.source, "--source")
    if not text.strip():
        raise InputError(f"--source: {arguments.source} is empty.")
    return text


def _words(arguments: argparse.Namespace, task: Task) -> str:
    words: str = arguments.request
    if words == "-":
        if str(arguments.source) == "-":
            raise InputError("Standard input is either the request or --source.", advice="Give one of them as a file.")
        words = script_file.read(Path("-"))
    words = words.strip()
    if not words and task == "write":
        raise InputError(
            "What shall it do?", advice=f'For example: lsp-copilot script {arguments.kind_name} "{_EXAMPLES}"'
        )
    return words


_EXAMPLES = "what you want, in your own words"


def _schema(arguments: argparse.Namespace, say: Say) -> scripts_schema.Schema | None:
    if arguments.schema is not None:
        path = Path(arguments.schema)
        found = scripts_schema.of_file(path)
        if not found.database:
            _admit(path, "--schema")
        return found
    here = Path.cwd()
    from completion.workspace.workspace import Workspace

    project = scripts_schema.of_project(here, Workspace(here).may_show)
    if project is not None:
        say(f"schema: {project.name} (give another one with --schema)")
    return project


def _context(path: Path) -> tuple[str, str]:
    _admit(path, "--context")
    return str(path), script_file.read(path, "--context")


def _admit(path: Path, option: str) -> None:
    from lsp_server.cli import surroundings

    if not path.exists():
        raise InputError(f"{option}: {path}: no such file.", advice="Check the path.")
    from completion.workspace.workspace import Workspace

    surroundings.admit(Workspace(surroundings.folder_of(path, None)), path)


def _tell_secrets(name: str, text: str, say: Say) -> None:
    if not text:
        return
    from completion.workspace import secrets

    if count := len(secrets.find(text)):
        say(f"{name}: {count} secret{'s are' if count > 1 else ' is'} masked before the model sees it")


def _first_error(kind: str, source: str, known: Material) -> Finding | None:
    errors = scripts.examined(kind, source, known).errors
    return errors[0] if errors else None


def _known_dialect(name: str, option: str) -> str:
    from completion.scripts import goal
    from completion.scripts.checks import sql_grammar

    name = goal.DIALECTS.get(name.lower(), name.lower())
    if sql_grammar.check("SELECT 1", Material(dialect=name)).state != "valid":
        advice = f"For example: {', '.join(scripts.DIALECTS)}."
        raise InputError(f"{option}: {name!r} is no dialect that sqlglot knows.", advice=advice)
    return name


def _version(version: str) -> str:
    if not version:
        return ""
    from completion.scripts.checks import schemas

    short = ".".join(version.lstrip("v").split(".")[:2])
    known = schemas.versions()
    if short not in known:
        raise InputError(f"--k8s-version: no schemas of {version!r} are here.", advice=f"Known: {', '.join(known)}.")
    return short
