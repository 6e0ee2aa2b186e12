"""The risks of a shell script: its tree is walked and every call is shown to the rules; nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from completion.scripts.risk import shell_code, shell_files, shell_grammar, shell_machine, shell_shfmt
from completion.scripts.risk.findings import finding, unjudged
from completion.scripts.risk.shell_calls import Call
from completion.scripts.risk.shell_tree import Block, Unparsable
from completion.scripts.risk.shell_walk import Script, Walk
from completion.scripts.types import Finding

RULES: tuple[tuple[str, Callable[[Call], str]], ...] = (
    ("recursive-delete", shell_files.deleted_folder),
    ("lost-files", shell_files.lost_files),
    ("device-overwrite", shell_files.overwritten_device),
    ("system-overwrite", shell_files.overwritten_settings),
    ("dotfile-overwrite", shell_files.overwritten_dotfile),
    ("permissions", shell_files.opened_rights),
    ("download-run", shell_code.runs_download),
    ("hidden-code", shell_code.runs_hidden),
    ("remote-shell", shell_code.remote_shell),
    ("lost-work", shell_machine.lost_work),
    ("firewall", shell_machine.firewall),
    ("lost-access", shell_machine.lost_access),
    ("kill-all", shell_machine.killed_all),
    ("erased-traces", shell_machine.erased_traces),
    ("lost-jobs", shell_machine.lost_jobs),
    ("power", shell_machine.power),
    ("privileged", shell_machine.privileged),
    ("infrastructure", shell_machine.infrastructure),
    ("drop", shell_machine.dropped),
)
"""Each rule's name and the function that says why a call is risky; "" where it is not."""


SHORT = 20_000
"""Characters up to which shfmt is asked first; its JSON is several hundred times as long as the script."""


def find(text: str, line: int = 1) -> tuple[Finding, ...]:
    """The risks of `text`, which begins at `line` of the whole."""
    walk = Walk(_tree, _judged, shell_code.scripts_within, _others)
    try:
        tree, whole = _parsed(text)
    except Unparsable as error:
        return (unjudged(str(error), line),)
    walk.offset = line - 1
    walk.go(tree)
    found = [finding(rule, message, at, column) for rule, message, at, column in walk.found]
    if not whole or walk.unread:
        found.append(unjudged(walk.unread or "a part of it cannot be read as a shell script", line))
    return tuple(found)


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[Block, bool]:
    """The tree and whether it is whole. Raises `Unparsable`."""
    if len(text) <= SHORT:
        try:
            return shell_shfmt.parse(text), True
        except Unparsable:
            return shell_grammar.parse(text)
    try:
        return shell_grammar.parse(text)
    except Unparsable:
        return shell_shfmt.parse(text), True


def _tree(text: str) -> Block:
    tree, whole = _parsed(text)
    if not whole and not tree.nodes:
        raise Unparsable("it is not a shell script")
    return tree


def _judged(call: Call) -> Iterator[tuple[str, str]]:
    for name, rule in RULES:
        message = rule(call)
        if message:
            yield name, message


def _others(script: Script) -> Iterator[tuple[str, str, int, int]]:
    # Loaded only where such a script stands within one; and the rules of Python look into shell in their turn.
    if script.kind == "sql":
        from completion.scripts.risk.sql import find as find_in_sql

        found = find_in_sql(script.text)
    else:
        from completion.scripts.risk.python import find as find_in_python

        found = find_in_python(script.text)
    for each in found:
        if each.severity != "note":
            yield each.rule, each.message, each.line, each.column
