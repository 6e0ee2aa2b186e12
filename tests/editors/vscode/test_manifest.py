"""The extension's manifest agrees with the server: names, defaults, bounds, and who may set what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from completion import __version__
from completion.settings import PROTECTED_KEYS, Settings
from tests.conftest import ROOT

EXTENSION = ROOT / "editors/vscode"
MANIFEST: dict[str, Any] = json.loads((EXTENSION / "package.json").read_text("utf-8"))
PROPERTIES: dict[str, dict[str, Any]] = {
    key.removeprefix("lsp-copilot."): value
    for key, value in MANIFEST["contributes"]["configuration"]["properties"].items()
}
OWN = {"server", "streaming"}
"""What the server knows nothing of."""
SCHEMA = Settings.model_json_schema()["properties"]


def test_the_versions_agree() -> None:
    assert MANIFEST["version"] == __version__
    assert f"## {__version__}" in (EXTENSION / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize("key", sorted(set(PROPERTIES) - OWN))
def test_a_setting_is_the_servers(key: str) -> None:
    ours, theirs = PROPERTIES[key], SCHEMA[key]
    assert ours["default"] == json.loads(json.dumps(Settings.model_fields[key].default))
    for bound in ("minimum", "maximum", "enum"):
        assert ours.get(bound) == theirs.get(bound), bound
    words = ours.get("description") or ours["markdownDescription"]
    # Up to the first mark: ours may have a link or a marking behind it.
    assert theirs["description"].removesuffix(" User-level only.").split(";")[0].split(":")[0].rstrip(".") in words
    assert (ours.get("scope") == "machine") == (key in PROTECTED_KEYS)


def test_the_readme_tells_of_every_setting_with_its_default() -> None:
    readme = (EXTENSION / "README.md").read_text("utf-8")
    for key, setting in PROPERTIES.items():
        assert f"| `lsp-copilot.{key}` | `{json.dumps(setting['default'])}` |" in readme


def test_every_command_of_a_menu_or_page_is_there() -> None:
    known = {command["command"] for command in MANIFEST["contributes"]["commands"]}
    source = (EXTENSION / "src/extension.ts").read_text("utf-8")
    for command in known:
        name = command.removeprefix("lsp-copilot.")
        assert f"    {name}:" in source or f"    {name},\n" in source, command
    for step in MANIFEST["contributes"]["walkthroughs"][0]["steps"]:
        assert (EXTENSION / step["media"]["markdown"]).exists()
        assert all(event.removeprefix("onCommand:") in known for event in step["completionEvents"])
        assert "command:lsp-copilot." in step["description"]
