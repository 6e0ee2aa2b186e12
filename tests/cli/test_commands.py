"""The commands, run as a person runs them, on the embedded model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT, lsp_copilot

SOURCE = """\
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def move(self, dx, dy):
        self.x = self.x + dx
        self.y = self.
"""


@pytest.fixture
def point(tmp_path: Path) -> Path:
    """A small file with an unfinished line 8."""
    path = tmp_path / "point.py"
    path.write_text(SOURCE)
    return path


def test_complete_prints_the_suggestion_only(isolated: dict[str, str], point: Path) -> None:
    done = lsp_copilot("complete", f"{point}:8", environment=isolated)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "first token" in done.stderr
    assert point.read_text() == SOURCE


def test_complete_as_json(isolated: dict[str, str], point: Path) -> None:
    done = lsp_copilot("complete", "--json", f"{point}:8:23", environment=isolated)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["suggestion"]["text"]
    assert report["suggestion"]["checked"] is True
    assert 0 < report["suggestion"]["confidence"] <= 1
    assert report["trace"]["usage"]["completion_tokens"] > 0


@pytest.mark.parametrize(
    ("argument", "named"),
    [
        ("{folder}/nowhere.py:1", "nowhere.py: no such file"),
        ("{file}:99", "the file has 9 lines"),
        ("{file}:8:99", "the line has 22 characters"),
        ("{file}:0", "line and column count from 1"),
        ("{folder}/strange.xyz", "unknown file type '.xyz'"),
    ],
)
def test_bad_positions_are_one_sentence(isolated: dict[str, str], point: Path, argument: str, named: str) -> None:
    (point.parent / "strange.xyz").write_text("x")
    done = lsp_copilot("complete", argument.format(folder=point.parent, file=point), environment=isolated)
    assert done.returncode == 1
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_missing_model_file_is_one_sentence(isolated: dict[str, str], point: Path) -> None:
    done = lsp_copilot("--model-path", "/nowhere/m.gguf", "complete", f"{point}:8", environment=isolated)
    assert done.returncode == 1
    assert "/nowhere/m.gguf does not exist. Correct model_path" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_model_file_is_one_sentence(isolated: dict[str, str], point: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))
    done = lsp_copilot("--model-path", broken, "complete", f"{point}:8", environment=isolated)
    assert done.returncode == 1
    assert done.stderr.count(str(broken)) == 1
    assert "Traceback" not in done.stderr


def test_an_unknown_model_is_refused(isolated: dict[str, str], point: Path) -> None:
    done = lsp_copilot("--model", "gpt-9", "complete", f"{point}:8", environment=isolated)
    assert done.returncode == 1
    assert "'gpt-9' is not in the catalogue. Known models: " in done.stderr


def test_doctor_goes_the_whole_way(isolated: dict[str, str]) -> None:
    done = lsp_copilot("doctor", "--json", environment=isolated)
    report = json.loads(done.stdout)
    assert done.returncode == 0, report
    assert report["ok"] is True
    stages = [check["stage"] for check in report["checks"] if check["stage"] != "better"]
    assert stages == [
        "python",
        "settings",
        "machine",
        "catalogue",
        "model",
        "model file",
        "engine",
        "generation",
        "verification",
    ]
    assert report["settings"]["idle_seconds"] == {"value": 0.0, "from": "environment"}


def test_doctor_names_the_stage_that_failed(isolated: dict[str, str], tmp_path: Path) -> None:
    done = lsp_copilot("--model-path", tmp_path / "none.gguf", "doctor", environment=isolated)
    assert done.returncode == 1
    assert "The stage 'model file' failed." in done.stdout
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))
    done = lsp_copilot("--model-path", broken, "doctor", environment=isolated)
    assert "The stage 'model' failed. Name it as the catalogue does" in done.stdout
    done = lsp_copilot("--model", "embedded", "--model-path", broken, "doctor", environment=isolated)
    assert done.returncode == 1
    assert "The stage 'engine' failed." in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_demo_answers_most_holes(isolated: dict[str, str]) -> None:
    done = lsp_copilot("demo", environment=isolated)
    assert done.returncode == 0, done.stderr
    assert "of 12 holes answered" in done.stdout
    assert done.stdout.count("first token") == 13


def test_demo_names_a_hole_that_is_not_there(isolated: dict[str, str], tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "backup.sh", tmp_path)
    (tmp_path / "holes.toml").write_text('[[hole]]\nfile = "backup.sh"\nfrom = "set"\nafter = "nowhere"\n')
    done = lsp_copilot("demo", tmp_path, environment=isolated)
    assert done.returncode == 1
    assert "hole 1: its text is not in backup.sh" in done.stderr


def test_version_and_help(isolated: dict[str, str]) -> None:
    assert lsp_copilot("version", environment=isolated).stdout.startswith("lsp-copilot 0.1")
    shown = lsp_copilot("--help", environment=isolated).stdout
    assert "lsp-copilot doctor" in shown
    assert lsp_copilot(environment=isolated).returncode == 2


def test_wrong_settings_are_told_and_survived(isolated: dict[str, str], point: Path) -> None:
    config = Path(isolated["LSP_COPILOT_CONFIG_DIR"]) / "config.toml"
    config.write_text("debounce_ms = -1\n")
    done = lsp_copilot("complete", f"{point}:8", environment=isolated)
    assert done.returncode == 0, done.stderr
    assert f"{config}: debounce_ms: Input should be greater than or equal to 0" in done.stderr
