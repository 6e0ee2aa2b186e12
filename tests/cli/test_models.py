"""`lsp-copilot models`, run as a person runs it, against a hub on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from completion.models.store import embedded_folder
from tests.conftest import lsp_copilot
from tests.hub import server

CONTENT = (embedded_folder() / "lsp-copilot-9m-q8_0.gguf").read_bytes()
REPO, NAME = "someone/tiny", "tiny-q8_0.gguf"
TABLE = """
[models.tiny]
like = "embedded"
title = "Tiny"
licence = "Odd-Licence-2"
licence_note = "Only on Tuesdays."
source = "a test"
repo = "someone/tiny"
files = [{ quantization = "Q8_0", name = "tiny-q8_0.gguf", bytes = 9_800_000, basis = "listed" }]
"""


@pytest.fixture
def hub() -> Iterator[server.Hub]:
    """A hub with one model."""
    with server.running() as hub:
        hub.repos[REPO] = {NAME: CONTENT}
        hub.plain[NAME] = CONTENT
        yield hub


@pytest.fixture
def home(isolated: dict[str, str], hub: server.Hub, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a person who has a models.toml and an empty store."""
    folder = Path(isolated["LSP_COPILOT_CONFIG_DIR"])
    (folder / "models.toml").write_text(TABLE)
    # The machine is measured once for all tests.
    kept = {key: value for key, value in isolated.items() if not key.startswith("HF_") and "proxy" not in key.lower()}
    return {
        **kept,
        "LSP_COPILOT_CACHE_DIR": str(tmp_path_factory.getbasetemp() / "calibration"),
        "HF_ENDPOINT": hub.url,
    }


def models(home: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    done = lsp_copilot("models", *arguments, environment=home)
    assert "Traceback" not in done.stderr
    return done


def config(home: dict[str, str]) -> Path:
    return Path(home["LSP_COPILOT_CONFIG_DIR"]) / "config.toml"


def asked(home: dict[str, str], answer: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command whose standard input is a terminal on which `answer` was typed."""
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    try:
        return subprocess.run(
            [sys.executable, "-P", "-m", "lsp_server", "models", *arguments],
            stdin=theirs,
            capture_output=True,
            text=True,
            env=home,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_model_is_fetched_used_verified_and_removed(home: dict[str, str], hub: server.Hub) -> None:
    done = models(home, "pull", "tiny", "--yes")
    assert done.returncode == 0, done.stderr
    assert hashlib.sha256(CONTENT).hexdigest() in done.stdout
    assert "So it was published." in done.stdout
    assert "Use it: lsp-copilot models use tiny" in done.stdout
    assert models(home, "use", "tiny").returncode == 0
    assert config(home).read_text() == 'model = "tiny"\n'
    done = models(home, "verify")
    assert done.returncode == 0
    assert "ok     tiny Q8_0, 9.9 MB, as published" in done.stdout
    done = models(home, "remove", "tiny", "--yes")
    assert done.returncode == 0
    assert "9.9 MB deleted" in done.stdout
    assert f"model still names it ({config(home)})" in done.stdout
    assert not Path(home["LSP_COPILOT_MODELS_DIR"], "tiny").exists()


def test_size_licence_and_source_are_shown_before_anything_is_asked(home: dict[str, str], hub: server.Hub) -> None:
    done = models(home, "pull", "tiny")
    assert done.returncode == 1
    for fact in ("about 9.8 MB", "Odd-Licence-2", "Only on Tuesdays.", f"{hub.url}/{REPO}", " free)"):
        assert fact in done.stdout
    assert "Nobody is there to agree" in done.stderr
    assert "--yes" in done.stderr
    assert not hub.requests


@pytest.mark.parametrize(("answer", "fetched"), [("n\n", False), ("\n", False), ("\x04", False), ("y\n", True)])
def test_a_person_agrees_or_not(home: dict[str, str], hub: server.Hub, answer: str, fetched: bool) -> None:
    done = asked(home, answer, "pull", "tiny")
    assert done.returncode == (0 if fetched else 1), done.stderr
    assert "accept this licence? [y/N]" in done.stdout
    assert ("Nothing was fetched." in done.stdout) is not fetched
    assert bool(hub.requests) is fetched


def test_an_interrupt_says_how_to_go_on(home: dict[str, str], hub: server.Hub) -> None:
    hub.stall_after = 3_000_000
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "lsp_server", "models", "pull", "tiny", "--yes"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=home,
        # Whoever runs the tests in the background ignores interrupts, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        part = Path(home["LSP_COPILOT_MODELS_DIR"], "tiny", f"{NAME}.part")
        assert hub.stalled.wait(60)
        # The server has sent it; the process has read it when the file has grown to that.
        while not part.exists() or part.stat().st_size < hub.stall_after:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted. 3.0 MB are kept: the same command goes on there" in errors
    assert "Traceback" not in errors
    hub.stall_after = None
    hub.requests.clear()
    assert models(home, "pull", "tiny", "--yes").returncode == 0
    assert hub.sent() == len(CONTENT) - 3_000_000


def test_a_file_system_that_takes_no_larger_file_is_one_sentence(home: dict[str, str], hub: server.Hub) -> None:
    # What FAT does at 4 GB, a limit of the process does here.
    done = subprocess.run(
        [sys.executable, "-P", "-m", "lsp_server", "models", "pull", "tiny", "--yes"],
        capture_output=True,
        text=True,
        env=home,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000)),
    )
    assert done.returncode == 1
    assert "takes no file larger than 3.0 MB" in done.stderr
    assert "Traceback" not in done.stderr
    assert Path(home["LSP_COPILOT_MODELS_DIR"], "tiny", f"{NAME}.part").stat().st_size == 3_000_000


def test_a_gated_model_is_one_sentence(home: dict[str, str], hub: server.Hub) -> None:
    hub.gated[REPO] = "hf_right"
    done = models(home, "pull", "tiny", "--yes")
    assert done.returncode == 1
    assert f"Open https://huggingface.co/{REPO}, accept the terms there, log in once with: hf auth login" in done.stderr
    assert models({**home, "HF_TOKEN": "hf_right"}, "pull", "tiny", "--yes").returncode == 0


def test_offline_is_one_sentence(home: dict[str, str], hub: server.Hub) -> None:
    for source in ((), ("--from", f"{hub.url}/plain/{NAME}")):
        done = models({**home, "HF_HUB_OFFLINE": "1"}, "pull", "tiny", "--yes", *source)
        assert done.returncode == 1
        assert "HF_HUB_OFFLINE is set" in done.stderr
    assert not hub.requests


def test_a_wrong_file_is_one_sentence(home: dict[str, str], hub: server.Hub) -> None:
    hub.announced[NAME] = "ab" * 32
    done = models(home, "pull", "tiny", "--yes")
    assert done.returncode == 1
    assert "is not the published file" in done.stderr
    assert "deleted" in done.stderr


def test_a_plain_url_and_a_folder(home: dict[str, str], hub: server.Hub, tmp_path: Path) -> None:
    done = models(home, "pull", "tiny", "--yes", "--from", f"{hub.url}/plain/{NAME}")
    assert done.returncode == 0, done.stderr
    assert "Nobody vouches for that" in done.stdout
    (tmp_path / NAME).write_bytes(CONTENT)
    hub.requests.clear()
    done = models(home, "pull", "tiny", "--yes", "--from", tmp_path)
    assert done.returncode == 0, done.stderr
    assert not hub.requests


def test_a_proxy_is_asked_instead(home: dict[str, str], hub: server.Hub) -> None:
    url = f"http://mirror.invalid/plain/{NAME}"
    done = models({**home, "HTTP_PROXY": hub.url, "http_proxy": hub.url}, "pull", "tiny", "--yes", "--from", url)
    assert done.returncode == 0, done.stderr
    assert [request.host for request in hub.requests] == ["mirror.invalid"]


def test_nothing_that_connects_is_imported_before_it_is_needed(home: dict[str, str]) -> None:
    code = (
        "import sys\n"
        "from completion.models import pull\n"
        "from lsp_server.cli import models, models_files, models_pull, models_table, models_use\n"
        "assert not {'huggingface_hub', 'httpx2', 'hf_xet'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], env=home, check=True)


def test_add_needs_to_know_which_model_it_is(home: dict[str, str], tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(CONTENT)
    done = models(home, "add", mine)
    assert done.returncode == 1
    assert "--name NAME" in done.stderr
    assert models(home, "add", mine, "--name", "embedded").returncode == 0
    assert models(home, "verify", "embedded").stdout.count("ok     embedded Q8_0") == 2


def test_verify_finds_a_changed_file(home: dict[str, str]) -> None:
    assert models(home, "pull", "tiny", "--yes").returncode == 0
    path = Path(home["LSP_COPILOT_MODELS_DIR"], "tiny", NAME)
    path.write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
    done = models(home, "verify", "tiny")
    assert done.returncode == 1
    assert "WRONG  tiny: " in done.stdout
    path.unlink()
    assert "is gone" in models(home, "verify").stdout


def test_use_refuses_what_is_not_there(home: dict[str, str]) -> None:
    done = models(home, "use", "tiny")
    assert done.returncode == 1
    assert "model tiny is not on this machine. Fetch it with lsp-copilot models pull tiny" in done.stderr
    assert not config(home).exists()
    done = models(home, "use", "embedded", "--role", "script")
    assert done.returncode == 1
    assert "does not serve for script" in done.stderr


def test_use_says_what_stands_in_its_way(home: dict[str, str]) -> None:
    done = models({**home, "LSP_COPILOT_MODEL": "auto"}, "use", "embedded")
    assert done.returncode == 0
    assert "Still in use is auto: the environment (LSP_COPILOT_MODEL) wins over config.toml." in done.stdout


def test_list_is_a_table_of_a_hundred_columns_sorted_by_size(home: dict[str, str]) -> None:
    done = models(home, "list", "--all")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(len(line) for line in lines) <= 100
    assert lines[0].startswith("NAME ")
    assert any(line.startswith("embedded") and "in use" in line for line in lines)
    rows = json.loads(models(home, "list", "--all", "--json").stdout)["models"]
    sizes = [row["size"] for row in rows if row["size"] is not None]
    assert sizes == sorted(sizes)
    assert {"tiny", "embedded", "qwen2.5-coder-7b"} <= {row["name"] for row in rows}


def test_list_names_the_best_and_hides_what_does_not_fit(home: dict[str, str]) -> None:
    done = models(home, "list")
    assert "Best here for completion: " in done.stdout
    shown = json.loads(models(home, "list", "--json").stdout)["models"]
    every = json.loads(models(home, "list", "--all", "--json").stdout)["models"]
    assert len(shown) < len(every)
    assert all(row["state"] in done.stdout for row in shown)
    assert any(row["memory"] and row["time_ms"] for row in every)


def test_choose_says_which_and_why(home: dict[str, str]) -> None:
    brief = models(home, "choose")
    assert brief.returncode == 0, brief.stderr
    report = json.loads(models(home, "choose", "--json").stdout)
    chosen = report["chosen"]
    assert brief.stdout.startswith(f"{chosen['model']} {chosen['quantization']}")
    assert chosen["installed"]
    assert chosen["memory"] <= chosen["room"]
    explained = models(home, "choose", "--explain")
    assert explained.returncode == 0
    assert chosen["model"] in explained.stdout
    assert len(explained.stdout) > len(brief.stdout)


def test_choose_names_what_to_fetch_where_nothing_serves(home: dict[str, str]) -> None:
    done = models(home, "choose", "--role", "script")
    assert done.returncode == 0, done.stderr
    report = json.loads(models(home, "choose", "--role", "script", "--json").stdout)
    assert report["chosen"] is None
    assert f"Fetch it: lsp-copilot models pull {report['better']['model']}" in done.stdout


@pytest.mark.parametrize("action", ["list", "choose", "pull", "add", "verify", "remove", "use"])
def test_every_action_explains_itself(home: dict[str, str], action: str) -> None:
    done = models(home, action, "--help")
    assert done.returncode == 0
    assert len(done.stdout) > 150


def test_models_alone_shows_the_help(home: dict[str, str]) -> None:
    done = models(home)
    assert done.returncode == 2
    assert "lsp-copilot models pull" in done.stdout
