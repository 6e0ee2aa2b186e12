"""`lsp-copilot bench` as a person runs it, on the embedded model; what it measures is not asserted."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.conftest import lsp_copilot

SECRET_NAME = "unheard_of_name"
CODE = f"""\
class Ledger:
    def __init__(self, {SECRET_NAME}, total):
        self.{SECRET_NAME} = {SECRET_NAME}
        self.total = total

    def add(self, amount):
        self.total = self.total + amount
        return self.total

    def remove(self, amount):
        self.total = self.total - amount
        return self.total
"""
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one file."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "ledger.py").write_text(CODE)
    return folder


def test_speed_as_json_and_as_a_picture(isolated: dict[str, str], tmp_path: Path) -> None:
    picture = tmp_path / "speed.svg"
    done = lsp_copilot("bench", "--rounds", "1", "--json", "--picture", picture, environment=isolated)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    (row,) = report["models"]
    assert (row["model"], row["quantization"]) == ("embedded", "Q8_0")
    for key in ("prompt_rate", "write_rate", "cold_ms", "warm_ms", "load_seconds"):
        assert row[key] > 0, key
    assert row["prompt_tokens"] > 100
    assert 1 <= row["appended_tokens"] < 20
    assert report["machine"]["cores"] >= 1
    assert "embedded: loading" in done.stderr
    drawn = ElementTree.parse(picture).getroot()
    assert drawn.tag == f"{SVG}svg"
    assert any("embedded, new" in (text.text or "") for text in drawn.iter(f"{SVG}text"))


def test_speed_as_a_table(isolated: dict[str, str]) -> None:
    done = lsp_copilot("bench", "--rounds", "1", environment=isolated)
    assert done.returncode == 0, done.stderr
    assert "embedded  Q8_0" in done.stdout
    assert "█" in done.stdout
    assert "lsp-copilot bench REPO" in done.stdout


def test_a_repository_as_json(isolated: dict[str, str], project: Path, tmp_path: Path) -> None:
    picture = tmp_path / "exact.svg"
    done = lsp_copilot("bench", project, "--holes", "6", "--json", "--picture", picture, environment=isolated)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [row["who"] for row in report["rows"]] == ["copy predictor alone", "embedded alone", "embedded + copy"]
    assert report["holes"] == 6
    assert report["languages"] == {"python": 6}
    for row in report["rows"]:
        assert row["holes"] == 6
        assert 0 <= row["exact"] <= row["shown"] <= 6
        assert row["exact_low"] <= row["exact"] / 6 <= row["exact_high"]
        assert 0 < row["p50_ms"] <= row["p95_ms"]
    assert SECRET_NAME not in done.stdout + done.stderr + picture.read_text()
    assert [path.name for path in project.iterdir()] == ["ledger.py"]
    assert SECRET_NAME not in "".join(path.read_text() for path in Path(isolated["LSP_COPILOT_LOG_DIR"]).iterdir())


def test_a_repository_as_a_table_shows_code_only_when_asked(isolated: dict[str, str], project: Path) -> None:
    done = lsp_copilot("bench", project, "--holes", "8", environment=isolated)
    assert done.returncode == 0, done.stderr
    assert "8 holes in 1 of 1 files (python 8)" in done.stdout
    assert "Most often exactly right: " in done.stdout
    assert "self." not in done.stdout
    done = lsp_copilot("bench", project, "--holes", "8", "--show", "8", environment=isolated)
    assert done.stdout.count("the file has") == 8
    assert "ledger.py:" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{project}/nowhere"], "nowhere is not a folder"),
        (["{project}", "--language", "klingon"], "language: 'klingon' is unknown"),
        (["{project}", "--language", "sql"], "has no sql files to look at"),
        (["--picture", "speed.png"], "speed.png does not end in .svg"),
        (["--picture", "/nowhere/speed.svg"], "/nowhere is not a folder"),
        (["--only", "qwen2.5-coder-7b"], "model 'qwen2.5-coder-7b' is not on this machine. Here are: embedded."),
    ],
)
def test_bad_arguments_are_one_sentence(
    isolated: dict[str, str], project: Path, arguments: list[str], said: str
) -> None:
    done = lsp_copilot("bench", *[part.format(project=project) for part in arguments], environment=isolated)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_damaged_model_is_left_out_with_its_reason(isolated: dict[str, str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF\x03\0\0\0" + bytes(100))
    done = lsp_copilot("--model-path", broken, "bench", "--rounds", "1", "--json", environment=isolated)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [row["model"] for row in report["models"]] == ["embedded Q8_0"]
    assert "claims 0 tensors" in report["notes"][0]


def test_numbers_are_checked(isolated: dict[str, str]) -> None:
    done = lsp_copilot("bench", "--rounds", "0", environment=isolated)
    assert done.returncode == 2
    assert "'0' is no number from 1 to 50" in done.stderr
