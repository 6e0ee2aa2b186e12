"""The wheel alone, in a clean environment outside the checkout, runs the same demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command without our checkout in sight."""
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    built = run(
        sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT, cwd=folder
    )
    assert built.returncode == 0, built.stderr
    return next(folder.glob("lsp_copilot-*.whl"))


def test_catalogue_model_and_examples_are_inside(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "completion/models/models.toml" in names
    assert "lsp_server/examples/holes.toml" in names
    assert any(name.startswith("completion/models/embedded/") and name.endswith(".gguf") for name in names)
    assert "completion/models/embedded/DATA_CARD.md" in names
    assert not any(name.startswith(("tests/", "training/", "benchmarks/")) for name in names)


@pytest.mark.timeout(400)
def test_the_installed_wheel_runs_the_demo(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    made = run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    installed = run(python, "-m", "pip", "install", "-q", "--only-binary", ":all:", wheel, cwd=tmp_path)
    if installed.returncode and "No matching distribution" not in installed.stderr and "onnection" in installed.stderr:
        pytest.skip(f"no package index is reachable: {installed.stderr.strip().splitlines()[-1]}")
    assert installed.returncode == 0, installed.stderr
    # A workspace with packages of our names must not be executed, not even as working folder.
    for name in ("completion", "lsp_server"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"open('canary-{name}', 'w').close()\n")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    demo = run(
        tmp_path / "venv" / "bin" / "lsp-copilot",
        "demo",
        "--json",
        cwd=tmp_path,
        HOME=str(home),
        LSP_COPILOT_RUNTIME_DIR=str(home),
        LSP_COPILOT_IDLE_SECONDS="0",
    )
    assert demo.returncode == 0, demo.stderr
    rows = [json.loads(line) for line in demo.stdout.splitlines()]
    assert rows[-1]["holes"] == len(rows) - 1 == 12
    assert rows[-1]["answered"] >= 6
    assert not list(tmp_path.glob("canary-*"))
