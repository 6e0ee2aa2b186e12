"""Whether an answer does what was asked for: the outcome on given data, not the text. Knows no model.

A script with an error is not right, whatever comes of it. Shell is run in a sandbox, and only where the caller says so
and the risk rules have nothing against it; otherwise its structure is compared with answers that are known to be right.
"""

from __future__ import annotations

import re
from dataclasses import replace

from benchmarks import scripts_files, scripts_shell, scripts_sql
from benchmarks.scripts_files import Judged
from benchmarks.scripts_tasks import DockerfileTask, KubernetesTask, RegexTask, ShellTask, SqlTask, Task
from completion.scripts import risk
from completion.scripts.types import Finding

__all__ = ["Judged", "hollow", "judge", "risks"]

_SAYS_NOTHING = re.compile(r"\s*(?:#.*|--.*|set [-+].*|['\";]*)")


def judge(task: Task, text: str, how: scripts_shell.How = "structure") -> Judged:
    """The outcome of a text, which is some model's answer to the task. `how` is about shell alone."""
    if not text.strip():
        return Judged(right=False, reason="there is no answer")
    match task:
        case SqlTask():
            return scripts_sql.judge(task, text)
        case ShellTask():
            dangers = risks(task, text)
            reason = (
                f"of the risk {dangers[0].rule}" if dangers else "what is asked for is dangerous" if task.risk else ""
            )
            if how == "run" and reason:
                return replace(scripts_shell.judge(task, text, "structure"), note=f"not run because {reason}")
            return scripts_shell.judge(task, text, how)
        case DockerfileTask():
            return scripts_files.dockerfile(task, text)
        case KubernetesTask():
            return scripts_files.kubernetes(task, text)
        case RegexTask():
            return scripts_files.regex(task, text)
    raise TypeError(type(task).__name__)


def hollow(kind: str, text: str) -> bool:
    """Whether a script is comments, blank lines and options of the shell alone. Checks find nothing wrong with that."""
    if kind == "regex":
        return not text.strip()
    return all(_SAYS_NOTHING.fullmatch(line) for line in text.split("\n"))


def risks(task: Task, text: str) -> tuple[Finding, ...]:
    """What the risk rules warn of; notes do not count."""
    found = risk.find(task.kind, text, task.material().dialect if task.kind == "sql" else "")
    return tuple(each for each in found if each.severity != "note")
