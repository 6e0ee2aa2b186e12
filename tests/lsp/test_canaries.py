"""Two hundred planted secrets, and a person who types: none of them is in a prompt, a log, a file or an answer.

Over real pipes with the real model; the prompts are written down where the model gets them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests import canaries
from tests.canaries import Canary
from tests.lsp import recording_host
from tests.lsp.wire import Client

LANGUAGES = {
    ".py": "python", ".ts": "typescript", ".js": "javascript", ".go": "go", ".java": "java", ".yaml": "yaml",
    ".sh": "shellscript", ".json": "json", ".toml": "toml", ".rs": "rust", ".php": "php", ".rb": "ruby", ".sql": "sql",
    ".kt": "kotlin",
}  # fmt: skip
MARKER, PARAMETER, NEARBY = "zanzibar_marker", "quicksilver", "palimpsest"


class Typist:
    """A client's documents: opened, edited and asked about."""

    def __init__(self, client: Client, root: Path) -> None:
        self.client, self.root = client, root
        self.answers: list[str] = []
        self._versions = itertools.count(2)

    def uri(self, path: str) -> str:
        return (self.root / path).as_uri()

    def open(self, path: str) -> None:
        language = LANGUAGES.get(Path(path).suffix, "dockerfile" if "Dockerfile" in path else "plaintext")
        self.client.open(self.uri(path), (self.root / path).read_text(), language)

    def write(self, path: str, text: str) -> None:
        """Append to a document; its last line is where somebody works now."""
        at = self._end(path)
        self.client.change(self.uri(path), next(self._versions), {"range": {"start": at, "end": at}, "text": text})
        with (self.root / path).open("a") as file:
            file.write(text)

    def ask(self, path: str) -> None:
        """Automatically and by hand, at the end."""
        at = self._end(path)
        for invoked in (False, True):
            items = self.client.items(self.uri(path), at["line"], at["character"], invoked=invoked)
            self.answers += [item["insertText"] for item in items]

    def _end(self, path: str) -> dict[str, int]:
        lines = (self.root / path).read_text().split("\n")
        return {"line": len(lines) - 1, "character": len(lines[-1].encode("utf-16-le")) // 2}


@pytest.mark.timeout(600)
def test_no_canary_is_ever_shown(with_context: dict[str, str], tmp_path: Path) -> None:
    isolated = with_context
    root, aside = tmp_path / "workspace", tmp_path / "aside"
    aside.mkdir()
    planted = canaries.plant(root)
    assert len(planted) == 200
    (root / "src" / "marker.py").write_text(f"def {MARKER}({PARAMETER}, other):\n    return {PARAMETER}\n")
    (root / "src" / "near.py").write_text(f"def near():\n    {NEARBY} = 1\n    return {NEARBY}\n")
    body = f"def run(first, second):\n    value = {MARKER}(first, second)\n    "
    (root / "src" / "work.py").write_text(f"from marker import {MARKER}\n\n\n{body}")
    record = aside / "prompts.jsonl"
    environment = {
        **isolated,
        "LSP_COPILOT_ENGINE_PYTHON": str(recording_host.interpreter(aside)),
        "LSP_COPILOT_LOG_LEVEL": "debug",
        "LSP_COPILOT_DEBOUNCE_MS": "0",
        recording_host.VARIABLE: str(record),
    }
    with Client(environment) as client:
        client.initialize(root)
        client.wait_for_log("index: ")
        typist = Typist(client, root)
        client.change(typist.uri("never_opened.py"), 2, {"text": "so that something is said at the finest level"})
        _open_everything(typist, planted)
        _ask_in_secret_files(typist, planted)
        _type_in_open_code(typist, planted)
        _work(typist, planted, record)
        assert client.close() == 0
    prompts = recording_host.recorded(record)
    # The control: what is no secret is shown, the other file's and the one that was last worked on.
    assert _shows(record, MARKER, PARAMETER)
    assert _shows(record, MARKER, NEARBY)
    assert _leaked(planted, prompts) == {}
    assert _leaked(planted, typist.answers) == {}
    assert "an edit of a document that is not open" in client.log
    assert _leaked(planted, [client.log]) == {}
    written = list(canaries.texts_below(Path(isolated["LSP_COPILOT_RUNTIME_DIR"]).parent))
    assert any("why-" in text for text in written)
    assert _leaked(planted, written) == {}


def _leaked(planted: Iterable[Canary], texts: Iterable[str]) -> dict[str, Any]:
    """Where secrets stand that a text shows, and a piece of the text around each."""
    found = {}
    for text in texts:
        for canary in canaries.leaked(planted, text):
            at = next(i for i in range(len(text)) if canary.is_in(text[i : i + canaries.SHOWN]))
            found[canary.path] = canary.secret, text[max(0, at - 200) : at + 80]
    return found


def _open_everything(typist: Typist, planted: Iterable[Canary]) -> None:
    """Many documents are open, and each was edited a moment ago: the files that nobody may see come last."""
    paths = dict.fromkeys(canary.path for canary in planted)
    hidden = [canary.path for canary in planted if canary.kind != "open"]
    for path in paths:
        typist.open(path)
    for path in dict.fromkeys(hidden):
        typist.write(path, "\n")


def _ask_in_secret_files(typist: Typist, planted: Iterable[Canary]) -> None:
    """Nothing is offered in them, and the reason can be asked for."""
    refused = [canary.path for canary in planted if canary.kind in ("environment", "key")]
    refused += [canary.path for canary in planted if canary.path.startswith("confidential/")]
    for path in dict.fromkeys(refused):
        typist.ask(path)
        why = typist.client.ask("workspace/executeCommand", {"command": "lspCopilot.why", "arguments": []})
        assert why["record"]["outcome"] == "silent"
        assert why["record"]["reason"].startswith(("secret file", "ignored by .copilotignore:1")), why
    assert typist.answers == []


def _type_in_open_code(typist: Typist, planted: Iterable[Canary]) -> None:
    """Below each secret, on a line that begins as the one with the secret does, and so far below that what is shown of
    the document may begin anywhere in it."""
    for number, canary in enumerate(canary for canary in planted if canary.kind == "open"):
        line = _line_of(typist, canary)
        begins = line[: line.index(canary.secret[: canaries.SHOWN])]
        typist.ask(canary.path)
        typist.write(canary.path, begins)
        typist.ask(canary.path)
        typist.write(canary.path, "\n" + "value = 1\n" * (100 + 3 * number))
        typist.ask(canary.path)


def _work(typist: Typist, planted: Iterable[Canary], record: Path) -> None:
    """In one document, with others around it, until what is prepared between the keys has been shown as well."""
    typist.open("src/near.py")
    typist.open("src/work.py")

    def write_and_wait(text: str, word: str) -> None:
        # What nobody may see was worked on last.
        for path in ("src/near.py", "build/out0.py", ".env", "tls/server0.pem"):
            typist.write(path, "\n")
        typist.write("src/work.py", text)
        typist.ask("src/work.py")
        typist.client.wait_until(lambda: _shows(record, word, MARKER), f"a prompt that shows {word}")

    write_and_wait("value = ", PARAMETER)
    write_and_wait("first\n    second = ", NEARBY)
    for number, canary in enumerate([canary for canary in planted if canary.kind == "open"][:6]):
        said = f"corduroy{number} " + _line_of(typist, canary)
        row = {"line": 4, "message": said}
        typist.client.notify("$/lspCopilot/diagnostics", {"uri": typist.uri("src/work.py"), "diagnostics": [row]})
        write_and_wait(f"first\n    value{number} = ", f"corduroy{number}")


def _line_of(typist: Typist, canary: Canary) -> str:
    return next(line for line in (typist.root / canary.path).read_text().split("\n") if canary.is_in(line))


def _shows(record: Path, *words: str) -> bool:
    return any(all(word in prompt for word in words) for prompt in recording_host.recorded(record))
