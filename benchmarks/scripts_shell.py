"""Judges shell scripts: by what they do in a throw-away folder, or by their structure where nothing is run."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Sequence
from typing import Any, Literal

from benchmarks import scripts_sandbox
from benchmarks.scripts_files import Judged
from benchmarks.scripts_sandbox import Folder, Ran, Unmade
from benchmarks.scripts_tasks import ShellTask
from completion.scripts.checks import tools
from completion.scripts.checks.verdicts import Unchecked

How = Literal["run", "structure"]
DAY = 86_400


def judge(task: ShellTask, text: str, how: How) -> Judged:
    """Whether the script does what the task wants. Where it cannot be run, `Judged.note` says why."""
    if how == "structure":
        return _by_structure(task, text, "not run because nobody asked for it (--run-shell)")
    for number, scenario in enumerate(task.scenarios(), start=1):
        try:
            reason = _ran(scenario, text)
        except Unmade as error:
            return _by_structure(task, text, f"not run because {error}")
        if reason:
            return Judged(right=False, reason=f"scenario {number}: {reason}" if task.also else reason)
    return Judged(right=True)


def _ran(task: ShellTask, text: str) -> str:
    with scripts_sandbox.folder() as folder:
        _prepare(folder, task)
        script = "\n".join(part for part in (task.before, text, task.then) if part)
        ran = scripts_sandbox.run(folder, script, arguments=task.arguments, stdin=task.stdin, stubs=task.stubs)
        return "; ".join(_objections(task, folder, ran))


def structure(text: str) -> Any:
    """The syntax tree of a script without positions, comments and options of the shell. Raises `Unchecked`."""
    said = tools.run("shfmt", ("-ln", "bash", "-tojson"), text)
    if said.status:
        raise Unchecked(said.stderr.strip()[:120])
    tree = _plain(json.loads(said.stdout))
    # What stands at the top of nearly every script, and of the product's own frame, changes nothing in these tasks.
    return [statement for statement in tree.get("Stmts", []) if not _sets_options(statement)]


def _by_structure(task: ShellTask, text: str, note: str) -> Judged:
    try:
        right = structure(text) in [structure(each) for each in (task.answer, *task.accepted)]
    except Unchecked as error:
        return Judged(right=False, reason=f"shfmt: {error}", note=note)
    return Judged(right=right, reason="" if right else "it is none of the answers that are known", note=note)


def _sets_options(statement: Any) -> bool:
    words = (statement.get("Cmd") or {}).get("Args") or []
    return bool(words) and words[0] == {"Parts": [{"Type": "Lit", "Value": "set"}]}


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    left_out = ("Pos", "End", "Comments", "Last", "Position", "Semicolon", "OpPos", "ValuePos", "ValueEnd")
    return {
        key: _plain(value)
        for key, value in node.items()
        if key not in left_out and not key.endswith(("Pos", "Comments")) and key not in ("Left", "Right", "Lparen")
    }


def _prepare(folder: Folder, task: ShellTask) -> None:
    for name, text in (task.files | {name: "." * size for name, size in task.sizes.items()}).items():
        path = folder.work / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, target in task.links.items():
        (folder.work / name).symlink_to(target)
    now = time.time()
    for name, days in task.days.items():
        os.utime(folder.work / name, (now - days * DAY, now - days * DAY))


def _objections(task: ShellTask, folder: Folder, ran: Ran) -> list[str]:
    found: list[str] = []
    said = ran.stderr.strip().split("\n")[0][:160]
    if ran.status is None:
        return [f"it took longer than {scripts_sandbox.SECONDS:g} s"]
    if task.status != "any" and (ran.status == 0) != (task.status == "zero"):
        found.append(f"it ended with status {ran.status} ({said})")
    if task.stdout is not None and not any(_lines(ran.stdout, task) == _lines(each, task) for each in task.stdout):
        found.append(f"it printed {ran.stdout[:160]!r} ({said})")
    if task.stderr and not re.search(task.stderr, ran.stderr):
        found.append(f"on standard error there is {ran.stderr[:120]!r}")
    for name, text in task.after.items():
        own = folder.text(name)
        if own is None or (text != "…" and own.rstrip() != text.rstrip()):
            found.append(f"{name} is {'not there' if own is None else repr(own[:120])} ({said})")
    found += [f"{name} is still there ({said})" for name in task.absent if folder.has(name)]
    for name, target in task.links_after.items():
        if folder.link(name) != target.rstrip("/"):
            found.append(f"{name} points to {folder.link(name)} ({said})")
    if not _called(ran.calls, task.calls):
        found.append(f"it called {list(ran.calls)} ({said})")
    return found


def _called(calls: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether every expression fits a call, in this order; others may come between."""
    rest = iter(calls)
    return all(any(re.fullmatch(each, call) for call in rest) for each in wanted)


def _lines(text: str, task: ShellTask) -> list[str]:
    lines = [re.sub(r"\s+", " ", line).strip().removeprefix("./") for line in text.rstrip().split("\n")]
    return sorted(lines) if task.unordered else lines
