"""Layers of configuration: order, origins, and what a repository may not set."""

from __future__ import annotations

from pathlib import Path

import pytest

from completion.settings import PROTECTED_KEYS, Settings
from lsp_server import options


def environment(folder: Path, **values: str) -> dict[str, str]:
    """An environment whose configuration lies in `folder`."""
    return {
        "LSP_COPILOT_CONFIG_DIR": str(folder),
        **{f"LSP_COPILOT_{key.upper()}": value for key, value in values.items()},
    }


def test_defaults(tmp_path: Path) -> None:
    resolved = options.load(environ=environment(tmp_path))
    assert resolved.settings == Settings()
    assert set(resolved.origins.values()) == {"default"}
    assert resolved.notices == ()


def test_layers_in_order_with_origins(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('debounce_ms = 1\nmax_lines = 2\nmodel = "embedded"\nthreads = 1\n')
    (tmp_path / ".lsp-copilot.toml").write_text("max_lines = 3\ndisabled_languages = ['yaml']\n")
    resolved = options.load({"threads": 4}, environment(tmp_path, threads="3", deadline_ms="900"))
    resolved = resolved.with_project(tmp_path).with_editor({"lspCopilot": {"debounce_ms": 7}})
    settings = resolved.settings
    assert (settings.debounce_ms, settings.max_lines, settings.threads, settings.deadline_ms) == (7, 3, 4, 900)
    assert settings.disabled_languages == ("yaml",)
    assert resolved.origins["max_lines"].endswith(".lsp-copilot.toml")
    assert resolved.origins["model"].endswith("config.toml")
    assert (resolved.origins["threads"], resolved.origins["debounce_ms"]) == ("command line", "editor")
    assert resolved.notices == ()


@pytest.mark.parametrize("key", sorted(PROTECTED_KEYS))
def test_project_and_editor_cannot_set_protected_keys(tmp_path: Path, key: str) -> None:
    (tmp_path / ".lsp-copilot.toml").write_text(f'{key} = "/tmp/evil"\n')
    resolved = options.load(environ=environment(tmp_path)).with_project(tmp_path).with_editor({key: "/tmp/evil"})
    assert getattr(resolved.settings, key) == getattr(Settings(), key)
    assert resolved.origins[key] == "default"
    assert len([notice for notice in resolved.notices if f"{key}: left out" in notice]) == 2


@pytest.mark.parametrize("key", sorted(PROTECTED_KEYS))
def test_the_user_can_set_protected_keys(tmp_path: Path, key: str) -> None:
    value = {"engine": "llama"}.get(key, "mine")
    assert getattr(options.load(environ=environment(tmp_path, **{key: value})).settings, key) == value
    assert getattr(options.load({key: value}, environment(tmp_path)).settings, key) == value
    (tmp_path / "config.toml").write_text(f'{key} = "{value}"\n')
    assert getattr(options.load(environ=environment(tmp_path)).settings, key) == value


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("debounce_ms = -1", "debounce_ms: Input should be greater than or equal to 0 (got -1)"),
        ('debounce_ms = "soon"', "debounce_ms: Input should be a valid integer"),
        ("colour = 1", "colour: unknown setting"),
        ("debounce_ms = = 1", "cannot be read"),
    ],
)
def test_wrong_values_are_named_and_left_out(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    resolved = options.load(environ=environment(tmp_path))
    assert resolved.settings == Settings()
    assert len(resolved.notices) == 1
    assert named in resolved.notices[0]
    assert str(path) in resolved.notices[0]


@pytest.mark.parametrize("values", [None, 3, [], "x", {"lspCopilot": None}, {"trace": {"server": "off"}}])
def test_odd_editor_values_are_harmless(tmp_path: Path, values: object) -> None:
    assert options.load(environ=environment(tmp_path)).with_editor(values).settings == Settings()


def test_at_most_twenty_settings_all_described() -> None:
    assert len(Settings.model_fields) <= 20
    assert all(field.description for field in Settings.model_fields.values())
