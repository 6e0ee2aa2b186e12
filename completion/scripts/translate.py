"""SQL in another dialect, by sqlglot's grammars and no model. What it cannot say there becomes findings."""

from __future__ import annotations

import logging

from completion.errors import CopilotError, InputError
from completion.scripts.types import Finding


def sql(text: str, source: str, target: str) -> tuple[str, tuple[Finding, ...]]:
    """The statements in the target's dialect, and what has no counterpart there, as warnings.

    Dialects are sqlglot's names. Raises `InputError` for an unknown one and `CopilotError` for text that is no SQL
    of the source's dialect.
    """
    import sqlglot
    from sqlglot import errors

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    known = {str(name.value) for name in sqlglot.Dialects}
    for name in (source, target):
        if name not in known:
            raise InputError(
                f"There is no SQL dialect {name!r}.", advice=f"Dialects are {', '.join(sorted(known - {''}))}."
            )
    try:
        written = sqlglot.transpile(
            text, read=source, write=target, pretty=True, unsupported_level=errors.ErrorLevel.IGNORE
        )
    except (errors.SqlglotError, ValueError, RecursionError) as error:
        first = str(error).split("\n", 1)[0]
        raise CopilotError(
            f"The script is no SQL of {source or 'any dialect'} that can be translated: {first}",
            advice="Name its dialect with --dialect, or correct it first.",
        ) from error
    return ";\n\n".join(written) + ";\n" if written else "", _unsupported(text, source, target)


def known_dialect(name: str) -> bool:
    """Whether sqlglot knows the dialect."""
    import sqlglot

    return bool(name) and name in {str(dialect.value) for dialect in sqlglot.Dialects}


def _unsupported(text: str, source: str, target: str) -> tuple[Finding, ...]:
    """What has no counterpart, statement by statement."""
    import sqlglot
    from sqlglot import errors

    found: list[Finding] = []
    for tree in sqlglot.parse(text, read=source):
        if tree is None:
            continue
        try:
            tree.sql(dialect=target, unsupported_level=errors.ErrorLevel.RAISE, max_unsupported=100)
        except errors.UnsupportedError as error:
            messages = [line.strip() for line in str(error).split("\n") if line.strip()]
            found += [Finding("sqlglot", message, severity="warning", rule="unsupported") for message in messages]
    return tuple(dict.fromkeys(found))
