"""One key of the user's config.toml is written; not a character besides is changed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completion.errors import ConfigError
from lsp_server.cli.models_use import set_key


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'model = "new"\n'),
        ("# mine\n", '# mine\nmodel = "new"\n'),
        ("threads = 2", 'threads = 2\nmodel = "new"\n'),
        ('model = "old"  # why\nthreads = 2\n', 'model = "new"  # why\nthreads = 2\n'),
        ("model='old'\n", 'model = "new"\n'),
        ('"model" = "old"\n', 'model = "new"\n'),
        ('  model = "o\\"ld"\n', '  model = "new"\n'),
        ('model_path = "model = 1"\n', 'model_path = "model = 1"\nmodel = "new"\n'),
        ('threads = 2\r\nmodel = "old"\r\n', 'threads = 2\r\nmodel = "new"\r\n'),
        ("threads = 2\r\n", 'threads = 2\r\nmodel = "new"\r\n'),
        ('# model = "old"\n', '# model = "old"\nmodel = "new"\n'),
        ('[table]\nmodel = "other"\n', 'model = "new"\n[table]\nmodel = "other"\n'),
        ("a = 1\n# of the table\n[table]\nb = 2\n", 'a = 1\n# of the table\nmodel = "new"\n[table]\nb = 2\n'),
        ('t = """\nmodel = "text"\n"""\nmodel = "old"\n', 't = """\nmodel = "text"\n"""\nmodel = "new"\n'),
        ("l = [\n  1,\n]\n[t]\n", 'l = [\n  1,\n]\nmodel = "new"\n[t]\n'),
        ("model = 5\n", 'model = "new"\n'),
    ],
)
def test_only_the_key_changes(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(before.encode())
    set_key(path, "model", "new")
    assert path.read_bytes().decode() == after


def test_the_file_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "not" / "there" / "config.toml"
    set_key(path, "model", 'strange "name" \\ é')
    assert tomllib.loads(path.read_text("utf-8")) == {"model": 'strange "name" \\ é'}


def test_a_link_stays_a_link_and_rights_stay(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("threads = 2\n")
    real.chmod(0o600)
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    set_key(link, "model", "new")
    assert link.is_symlink()
    assert real.read_text() == 'threads = 2\nmodel = "new"\n'
    assert real.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "dotfiles.toml"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"model = ", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b'model = """\nold\n"""\n', "cannot be changed safely"),
        (b"model = [\n 1,\n]\n", "cannot be changed safely"),
        (b"model.a = 1\n", "cannot be changed safely"),
    ],
)
def test_what_cannot_be_changed_safely_is_left_alone(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=sentence):
        set_key(path, "model", "new")
    assert path.read_bytes() == content


LINES = st.sampled_from(
    ['model = "a"', "model = 'b' # c", "# model = 1", "", "threads = 2", 'x = """', '"""', "[t]", "[[u]]", "l = [", "]"]
)


@given(st.lists(LINES, max_size=8).map(lambda lines: "\n".join(lines) + "\n"))
def test_everything_else_means_what_it_meant(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_text(text)
    try:
        before = tomllib.loads(text)
        set_key(path, "model", "new")
    except (tomllib.TOMLDecodeError, ConfigError):
        assert path.read_text() == text
        return
    assert tomllib.loads(path.read_text()) == {**before, "model": "new"}
    kept = {line for line in text.splitlines() if not line.startswith("model")}
    assert kept <= set(path.read_text().splitlines())
