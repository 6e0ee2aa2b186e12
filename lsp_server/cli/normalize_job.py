"""What the arguments of `normalize` ask for, as a `Job`; the files are read here."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from completion.errors import InputError
from completion.normalize import binding, records, target, tokens
from completion.normalize.ask import Example
from completion.normalize.binding import Binding
from completion.normalize.run import Job, renamed
from completion.normalize.types import SPAN_KINDS
from lsp_server.cli import script_file

if TYPE_CHECKING:
    from lsp_server.compose import Engine


def of(arguments: argparse.Namespace) -> Job:
    """The job, without a model. Raises `InputError`."""
    from completion.scripts import translate

    dialect = {"postgresql": "postgres", "mssql": "tsql"}.get(arguments.dialect.lower(), arguments.dialect.lower())
    if not translate.known_dialect(dialect):
        raise InputError(f"--dialect: {dialect!r} is no dialect that sqlglot knows.", advice="For example: postgres.")
    ddl = script_file.read(arguments.table, "--table")
    into = target.read(ddl, str(arguments.table), dialect=dialect, table=arguments.into)
    instruction = instruction_of(arguments.instruction)
    source = records.open_source(
        arguments.file, format=arguments.format, id_column=arguments.id_column, text_column=arguments.text_column
    )
    bound = binding.bind(
        into,
        said=dict(_said(form) for form in arguments.column),
        tables=arguments.reference,
        instruction=instruction,
        id_name=source.id_column,
        distance=arguments.distance,
    )
    seen = records.seen(source)
    if not seen.records:
        raise InputError(f"{arguments.file}: there is no record in it.", advice="A line is an id, a blank, and a text.")
    ignored = tokens.folded(word for words in arguments.ignore for word in re.split(r"[,\s]+", words) if word)
    return Job(source, seen, into, bound, instruction, ignored, examples=examples_of(arguments.examples, bound))


def with_model(job: Job, engine: Engine) -> Job:
    """The job with the model of an engine; another file of the same model is another one."""
    return renamed(job, engine.model.name)


def instruction_of(said: str) -> str:
    """The instruction itself, or what stands in the file that "@FILE" names. Raises `InputError`."""
    if said.startswith("@"):
        return script_file.read(Path(said[1:]), "--instruction").strip()
    return said.strip()


def examples_of(path: Path | None, bound: Binding) -> tuple[Example, ...]:
    """Examples of a JSONL file: {"text": …, "rows": [{COLUMN: VALUE}]}. Raises `InputError` with the line."""
    if path is None:
        return ()
    wanted = {name for name, rule in bound.rules.items() if rule.kind in SPAN_KINDS}
    found = []
    for number, line in enumerate(script_file.read(path, "--examples").splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            rows = tuple({name: str(row[name]) for name in wanted} for row in value["rows"])
            found.append(Example(str(value["text"]), rows))
        except (ValueError, KeyError, TypeError):
            raise InputError(
                f"--examples: {path}, line {number}: this is no example.",
                advice=f'Write {{"text": …, "rows": [{{…}}]}} with {", ".join(sorted(wanted))} in each row.',
            ) from None
    return tuple(found)


def _said(form: str) -> tuple[str, str]:
    name, equals, rule = form.partition("=")
    if not (name.strip() and equals and rule.strip()):
        raise InputError(f"--column {form}: a column has a rule.", advice="Write NAME=RULE.")
    return name.strip(), rule.strip()
