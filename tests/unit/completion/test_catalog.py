"""models.toml: read strictly, with errors that name table, key and what was expected."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from completion.errors import ConfigError, ModelFileInvalid, ModelFileMissing
from completion.models import catalog, files

GOOD = (Path(__file__).resolve().parents[3] / "models.toml").read_text("utf-8")


def test_the_shipped_catalogue_reads() -> None:
    models = catalog.builtin().models
    assert models["embedded"].template.layouts[0] == "contiguous"
    assert {"qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b", "qwen2.5-coder-7b"} <= set(models)
    assert len(models) > 40


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("layers = 6", "layers = 0", "models.embedded.layers"),
        ("layers = 6", 'layers = "six"', "models.embedded.layers"),
        ('architecture = "llama"', "", "models.embedded.architecture: missing"),
        ("layers = 6", "layers = 6\nlayer = 7", "models.embedded.layer: there is no such key (did you mean layers?)"),
        ("layers = 6", 'layers = 6\nunverified = ["layer"]', "unverified names no key of the table: layer"),
        ("layers = 6", 'layers = 6\nunverified = ["fim.bos"]', "unverified names no key of the table: fim.bos"),
        ('name = "lsp', 'name = "../lsp', "models.embedded.files.0: name must be a file below its repository"),
        ('name = "lsp', 'name = "C:lsp', "models.embedded.files.0: name must be a file below its repository"),
        ('fim = "qwen"', 'fim = "qwn"', "fim: there is no template 'qwn'; known templates: "),
        ('[templates.qwen]\nlayouts = ["psm"', '[templates.qwen]\nlayouts = ["pms"', "templates.qwen.layouts.0"),
        ('layouts = ["psm", "anchored"]', 'layouts = ["psm", "psm"]', "templates.qwen: layouts names one twice"),
        ("trained_context = 768", "trained_context = 640", "prompt_tokens must be below trained_context (640)"),
        ('layouts = ["contiguous"', 'layouts = ["sideways"', "models.embedded.fim.layouts"),
        ("prompt_tokens = 640", "prompt_tokens = 999999", "prompt_tokens"),
        ("layers = 6", "layers = = 6", "not valid TOML"),
        ("[models.embedded]", "[model.embedded]", "[models.NAME]"),
    ],
)
def test_errors_name_file_and_key(tmp_path: Path, old: str, new: str, named: str) -> None:
    path = tmp_path / "models.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1), "utf-8")
    with pytest.raises(ConfigError) as caught:
        catalog.load(path)
    assert named in str(caught.value)
    assert str(path) in str(caught.value)


def test_unknown_models_are_refused_with_the_known_names() -> None:
    with pytest.raises(ConfigError, match=r"'gpt-9' is not in the catalogue\. Known models: .*embedded"):
        catalog.builtin().find("gpt-9")


def test_the_shipped_model_is_the_one_that_is_described() -> None:
    """File, catalogue and data card speak of the same bytes."""
    spec = catalog.builtin().find("embedded")
    (listed,) = spec.files
    content = files.locate(spec).read_bytes()
    assert len(content) == listed.bytes
    assert hashlib.sha256(content).hexdigest() == listed.sha256
    assert f"`{listed.sha256}`" in (files.embedded_folder() / "DATA_CARD.md").read_text("utf-8")


def test_the_shipped_model_file_is_found() -> None:
    path = files.locate(catalog.builtin().find("embedded"))
    assert path.is_file()
    assert len(files.digest(path)) == 16


def test_a_relative_model_path_counts_from_here_and_not_from_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    monkeypatch.chdir(tmp_path)
    assert files.locate(catalog.builtin().find("embedded"), "m.gguf") == tmp_path / "m.gguf"


def test_missing_and_wrong_model_files(tmp_path: Path) -> None:
    spec = catalog.builtin().find("embedded")
    with pytest.raises(ModelFileMissing, match=r"nowhere\.gguf does not exist\. Correct model_path"):
        files.locate(spec, str(tmp_path / "nowhere.gguf"))
    text = tmp_path / "notes.gguf"
    text.write_text("hello")
    with pytest.raises(ModelFileInvalid, match="not a GGUF file"):
        files.locate(spec, str(text))


def test_the_digest_tells_contents_apart(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"GGUF" + bytes(3_000_000) + b"1")
    second.write_bytes(b"GGUF" + bytes(3_000_000) + b"2")
    assert files.digest(first) != files.digest(second)
    second.write_bytes(first.read_bytes())
    assert files.digest(first) == files.digest(second)
