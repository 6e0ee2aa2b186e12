"""VS Code as a person uses it, in its browser build and a headless Chromium: the extension is built and installed anew.

The scenarios are the `*.test.mjs` beside this file. They take minutes and a tree of their own, which
`install_vscode.sh` makes: `make test-vscode` runs them, an ordinary run of the tests does not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.editor, pytest.mark.timeout(900)]

EXTENSION = ROOT / "editors/vscode"
HERE = Path(__file__).parent
WITHOUT_SERVER = "servers.test.mjs"
"""Whose person has no server on the PATH."""
SCENARIOS = sorted(path.name for path in HERE.glob("*.test.mjs") if path.name != WITHOUT_SERVER)


@pytest.fixture(scope="session")
def tree() -> Path:
    """The tree with the editor; skips, with the reason, where there is none."""
    if not (name := os.environ.get("LSP_COPILOT_VSCODE")):
        pytest.skip("takes minutes: make test-vscode runs it (LSP_COPILOT_VSCODE names no tree)")
    folder = Path(name).resolve()
    if not (folder / "bin/node").exists():
        pytest.skip(f"VS Code's browser build is not in {folder}: run tests/editors/install_vscode.sh")
    if shutil.which(os.environ.get("CHROMIUM", "chromium")) is None:
        pytest.skip("chromium is not installed")
    if not (EXTENSION / "node_modules").exists():
        pytest.skip("the extension's tools are not there: run tests/editors/install_vscode.sh")
    return folder


@pytest.fixture(scope="session")
def extension(tree: Path) -> Path:
    """The extension as it is published, built from this checkout; its types are checked on the way."""
    done = npm(tree, "run", "package")
    assert done.returncode == 0, done.stdout + done.stderr
    return EXTENSION / "dist/lsp-copilot.vsix"


@pytest.fixture
def person(home: dict[str, str]) -> dict[str, str]:
    """Somebody whose shell finds our program: the editor asks the shell for the PATH."""
    profile = f"PATH={home['HOME']}/bin:$PATH\nexport PATH\n"
    for name in (".profile", ".bash_profile"):
        (Path(home["HOME"]) / name).write_text(profile, "utf-8")
    return {**home, "SHELL": "/bin/bash"}


def npm(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run npm in the extension's folder, on the tree's Node.js."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    environment = {**os.environ, "PATH": f"{tree / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["npm", *arguments], cwd=EXTENSION, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def drive(scenario: str, tree: Path, extension: Path, environment: dict[str, str]) -> None:
    """Run the scenarios of one file; everything that the editor writes lies in the person's home."""
    work = Path(environment["HOME"]) / "work"
    work.mkdir()
    shots = os.environ.get("LSP_COPILOT_SCREENSHOTS", "")
    if shots:
        Path(shots).mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [tree / "bin/node", "--test", "--test-reporter=spec", HERE / scenario],
        env={
            **environment,
            "TREE": str(tree),
            "VSIX": str(extension),
            "WORK": str(work),
            "SHOTS": str(Path(shots).resolve()) if shots else "",
            "CHROMIUM": shutil.which(os.environ.get("CHROMIUM", "chromium")) or "",
        },
        cwd=work,
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    logs = "\n".join(f"{path}:\n{path.read_text('utf-8')[-3000:]}" for path in work.rglob("lsp-copilot.log"))
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{logs}"


def test_the_parts_without_an_editor(tree: Path) -> None:
    done = npm(tree, "test")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_holds_what_it_needs_and_nothing_else(extension: Path) -> None:
    import zipfile

    with zipfile.ZipFile(extension) as archive:
        names = {name.removeprefix("extension/") for name in archive.namelist() if name.startswith("extension/")}
    pages = {path.relative_to(EXTENSION).as_posix() for path in (EXTENSION / "walkthrough").iterdir()}
    fixed = {"package.json", "readme.md", "changelog.md", "LICENSE.txt", "dist/extension.js", "media/icon.png"}
    assert names == fixed | pages


def test_lock_files_name_no_host(tree: Path) -> None:
    for folder in (EXTENSION, HERE):
        text = (folder / "package-lock.json").read_text("utf-8")
        assert '"resolved"' not in text.replace('"resolved": "https://registry.npmjs.org/', "")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_in_the_editor(scenario: str, tree: Path, extension: Path, person: dict[str, str]) -> None:
    drive(scenario, tree, extension, person)


def test_without_a_server(tree: Path, extension: Path, home: dict[str, str]) -> None:
    bare = "/usr/local/bin:/usr/bin:/bin"
    if shutil.which("lsp-copilot", path=bare):
        pytest.skip("lsp-copilot is installed for the whole system")
    drive(WITHOUT_SERVER, tree, extension, {**home, "PATH": bare, "SHELL": "/bin/bash"})
