"""What lies in the store: files of the user's own, manifests, checksums, and what is deleted again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from completion.errors import ChecksumMismatch, ConfigError, InputError, ModelFileInvalid, ModelFileMissing
from completion.models import arrive, catalog, files, store

WEIGHTS = store.embedded_folder() / "lsp-copilot-9m-q8_0.gguf"
TABLE = """
[models.tiny]
title = "Tiny"
family = "lsp-copilot"
roles = ["script"]
licence = "Apache-2.0"
source = "a test"
architecture = "{architecture}"
files = [{{ quantization = "Q8_0", name = "tiny-q8_0.gguf"{more} }}]
"""


def known(architecture: str = "llama", more: str = "") -> catalog.Catalog:
    """A catalogue with one model."""
    return catalog.read(TABLE.format(architecture=architecture, more=more), "test")


@pytest.fixture(autouse=True)
def store_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A store of the test's own."""
    folder = tmp_path / "models"
    monkeypatch.setenv(store.DIRECTORY_VARIABLE, str(folder))
    return folder


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A real model file under the name that the catalogue has."""
    return Path(shutil.copy(WEIGHTS, tmp_path / "tiny-q8_0.gguf"))


def test_a_file_is_linked_and_recognized_by_its_name(weights: Path) -> None:
    added = arrive.add(known(), weights)
    assert added.model == "tiny"
    assert added.path.samefile(weights), "a second copy of many gigabytes is nobody's wish"
    assert added.stored.quantization == "Q8_0"
    assert added.bytes == WEIGHTS.stat().st_size
    assert not added.stored.vouched
    assert files.locate(known().find("tiny")) == added.path
    assert [item.model for item in store.installed(known())] == ["tiny"]


def test_a_file_is_copied_where_it_cannot_be_linked(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", refuse)
    seen: list[tuple[str, int, int | None]] = []
    added = arrive.add(known(), weights, progress=lambda *step: seen.append(step))
    assert not added.path.samefile(weights)
    assert added.path.read_bytes() == weights.read_bytes()
    assert seen[-1] == ("copying tiny-q8_0.gguf", added.bytes, added.bytes)
    assert not list(added.path.parent.glob("*.part*"))


def test_a_file_of_another_name_needs_the_models_name(weights: Path) -> None:
    other = weights.rename(weights.with_name("my-model.gguf"))
    with pytest.raises(InputError, match="--name NAME"):
        arrive.add(known(), other)
    added = arrive.add(known(), other, "tiny")
    assert added.path.name == "my-model.gguf"
    assert added.stored.quantization == "Q8_0", "the file says it where its name does not"


def test_a_name_that_nobody_knows_is_refused(weights: Path) -> None:
    with pytest.raises(ConfigError, match="'gpt-9' is not in the catalogue"):
        arrive.add(known(), weights, "gpt-9")


def test_a_damaged_file_is_refused(weights: Path, store_here: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:100_000])
    with pytest.raises(ModelFileInvalid, match=r"tiny-q8_0\.gguf"):
        arrive.add(known(), weights)
    assert not list(store_here.rglob("*.gguf"))


def test_a_file_of_another_architecture_is_refused(weights: Path) -> None:
    with pytest.raises(ModelFileInvalid, match="architecture llama; tiny is qwen2"):
        arrive.add(known("qwen2"), weights)


def test_a_file_that_is_not_the_published_one_is_refused(weights: Path) -> None:
    with pytest.raises(ChecksumMismatch, match="not the published file"):
        arrive.add(known(more=f', sha256 = "{"ab" * 32}"'), weights)


def test_a_safetensors_folder_is_taken_without_code_and_pickles(tmp_path: Path) -> None:
    folder = tmp_path / "tiny-hf"
    folder.mkdir()
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "tokenizer.json").write_text("{}")
    for stranger in ("modeling_tiny.py", "pytorch_model.bin", "README.md"):
        (folder / stranger).write_text("no")
    added = arrive.add(known(), folder, "tiny")
    assert sorted(path.name for path in added.path.iterdir()) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert (added.stored.format, added.stored.quantization) == ("safetensors", "F32")
    assert files.locate(known().find("tiny")) == added.path
    store.verify(added)
    store.remove("tiny")
    assert not added.path.exists()
    assert (folder / "config.json").exists()


def test_a_changed_file_is_found_by_verify(weights: Path) -> None:
    added = arrive.add(known(), weights)
    store.verify(added)
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ChecksumMismatch, match="is not what it was"):
        store.verify(added)


def test_the_shipped_model_is_installed_and_as_published() -> None:
    (shipped,) = (item for item in store.installed(catalog.builtin()) if item.shipped)
    assert shipped.model == "embedded"
    store.verify(shipped)


def test_the_newest_weights_are_the_ones_in_use(weights: Path) -> None:
    arrive.add(known(), weights)
    second = Path(shutil.copy(weights, weights.with_name("tiny-again.gguf")))
    arrive.add(known(), second, "tiny")
    assert [item.path.name for item in store.find("tiny")] == ["tiny-again.gguf", "tiny-q8_0.gguf"]
    arrive.add(known(), weights)
    assert [item.path.name for item in store.find("tiny")] == ["tiny-q8_0.gguf", "tiny-again.gguf"]


def test_remove_deletes_what_the_store_put_there_and_nothing_else(weights: Path, store_here: Path) -> None:
    arrive.add(known(), weights)
    (store_here / "tiny" / "x.gguf.part").write_bytes(b"begun")
    (store_here / "tiny" / "my notes.txt").write_text("mine")
    assert store.remove("tiny") > WEIGHTS.stat().st_size
    assert [path.name for path in (store_here / "tiny").iterdir()] == ["my notes.txt"]
    assert weights.exists(), "the user's own file is a file of its own"
    with pytest.raises(ModelFileMissing, match="models pull tiny"):
        files.locate(known().find("tiny"))


def test_remove_leaves_no_folder(weights: Path, store_here: Path) -> None:
    arrive.add(known(), weights)
    store.remove("tiny")
    assert list(store_here.iterdir()) == []
    with pytest.raises(InputError, match="nothing of it is stored"):
        store.remove("tiny")


def test_a_file_that_is_gone_is_one_sentence(weights: Path) -> None:
    arrive.add(known(), weights).path.unlink()
    with pytest.raises(ModelFileMissing, match=r"is gone\. Fetch it again"):
        files.locate(known().find("tiny"))
    assert store.installed(known()) == ()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"model": "tiny", "stored": [{}]}', "\xff"])
def test_a_broken_manifest_is_one_sentence_and_can_be_removed(weights: Path, text: str) -> None:
    added = arrive.add(known(), weights)
    (added.path.parent / store.MANIFEST).write_text(text, "latin-1")
    with pytest.raises(ModelFileInvalid, match=r"manifest\.json cannot be read"):
        store.find("tiny")
    assert store.installed(known()) == ()
    store.remove("tiny")
    assert not added.path.exists()


@pytest.mark.parametrize("name", ["../../outside.gguf", "/etc/passwd", ""])
def test_a_manifest_may_not_point_out_of_its_folder(weights: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside.gguf"
    outside.write_bytes(b"GGUF")
    added = arrive.add(known(), weights)
    manifest = added.path.parent / store.MANIFEST
    table = json.loads(manifest.read_text())
    table["stored"][0]["files"][0]["name"] = name
    manifest.write_text(json.dumps(table))
    with pytest.raises(ModelFileInvalid, match="names a file outside its folder"):
        store.find("tiny")
    store.remove("tiny")
    assert outside.exists()


@pytest.mark.parametrize("name", ["..", ".hidden", "a/b", "a\\b", "", "é", "C:"])
def test_names_that_are_no_folders(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a folder's"):
        store.model_folder(name)


def test_every_name_of_the_catalogue_can_be_a_folder() -> None:
    for name in catalog.builtin().models:
        assert store.model_folder(name).name == name
