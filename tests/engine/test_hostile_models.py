"""Damaged and hostile model files: each is refused with a reason or loads and writes, and nothing ever crashes.

    LSP_COPILOT_HOSTILE_FILES=1000 python -m pytest tests/engine/test_hostile_models.py

tries so many instead of the few that all runs try.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from completion.models import files
from tests.conftest import ROOT
from tests.engine.conftest import MODEL
from tests.engine.gguf_parts import STRING, put_together, take_apart, text
from tests.engine.hostile import TEMPLATES
from tests.engine.hostile_child import attempt

FILES = int(os.environ.get("LSP_COPILOT_HOSTILE_FILES", "150"))
SLICE = 50
UNSOUND = 27
"""Groups of experts and no experts: llama.cpp asserts that nobody says that."""
HANG_SECONDS = 60.0
QUIET = {"GGML_NO_BACKTRACE": "1"}


def attempts(numbers: Sequence[int], folder: Path, checked: str = "checked") -> Iterator[dict[str, str]]:
    """What became of each file; a child that ends, or says nothing for a minute, is followed by another one."""
    left = list(numbers)
    while left:
        command = [sys.executable, "-m", "tests.engine.hostile_child", str(folder), checked, *map(str, left)]
        with (
            (folder / "stderr").open("w") as errors,
            subprocess.Popen(
                command, cwd=ROOT, env=os.environ | QUIET, stdout=subprocess.PIPE, stderr=errors, text=True
            ) as child,
        ):
            begun: dict[str, str] = {}
            while left:
                watchdog = threading.Timer(HANG_SECONDS, child.kill)
                watchdog.start()
                line = child.stdout.readline() if child.stdout is not None else ""
                watchdog.cancel()
                if not line:
                    break
                said = json.loads(line)
                if "outcome" not in said:
                    begun = said
                    continue
                left.remove(said["number"])
                yield {**begun, **said}
            code = child.wait()
        if left:
            number = int(begun["number"]) if begun else left[0]
            left.remove(number)
            last = (folder / "stderr").read_text(errors="replace").strip().splitlines()[-3:]
            yield {
                **begun,
                "number": str(number),
                "outcome": "crashed",
                "said": f"exit code {code}: {' | '.join(last)}",
            }


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("first", range(0, FILES, SLICE))
def test_hostile_files_are_refused_or_load(tmp_path: Path, first: int) -> None:
    told = list(attempts(range(first, min(FILES, first + SLICE)), tmp_path))
    crashed = [one for one in told if one["outcome"] == "crashed"]
    assert not crashed
    assert all(one["said"].strip() for one in told)
    outcomes = Counter(one["outcome"] for one in told)
    # Were all refused, nothing would be tried.
    assert outcomes["loaded"] >= 1
    assert outcomes["refused"] >= 1


def test_a_file_that_ends_the_process_is_seen(tmp_path: Path) -> None:
    (found,) = attempts((UNSOUND,), tmp_path, "unchecked")
    assert found["outcome"] == "crashed"
    assert "GGML_ASSERT" in found["said"]
    (found,) = attempts((UNSOUND,), tmp_path)
    assert found["outcome"] == "refused"


@pytest.mark.parametrize("template", TEMPLATES, ids=range(len(TEMPLATES)))
def test_the_template_of_a_file_is_never_run(tmp_path: Path, template: str) -> None:
    file = take_apart(files.locate(MODEL).read_bytes())
    for name in ("", ".tool_use", ".rerank", ".systemone"):
        file.put(f"tokenizer.chat_template{name}".encode(), STRING, text(template.encode()))
    path = tmp_path / "m.gguf"
    path.write_bytes(put_together(file))
    assert attempt(path, tmp_path) == {"outcome": "loaded", "said": "1 tokens"}


def test_weights_that_are_no_numbers_are_said(tmp_path: Path) -> None:
    file = take_apart(files.locate(MODEL).read_bytes())
    norm = next(row for row in file.rows if row.name == b"output_norm.weight")
    norm.data = b"\x00\x00\xc0\x7f" * norm.shape[0]
    path = tmp_path / "m.gguf"
    path.write_bytes(put_together(file))
    assert "values that are no numbers" in attempt(path, tmp_path)["said"]
