"""A corpus built offline from tiny archives: filters, held-out first, licences, digests, what is kept between runs."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pydantic")

from training import archives, corpus, fetch, filters, packages
from training.dedupe import Seen
from training.harvest import harvest
from training.shards import HELDOUT, read, training_shards

STANDARD = '[standard-library]\nlicence = "PSF-2.0"\nskip = []\nsmall = ["colorsys.py"]\n\n'


def module(topic: str, lines: int = 12) -> str:
    """Some code that no other topic shares."""
    return "".join(f"def {topic}_{n}(value):\n    return value + {n}  # the {topic} of {n}\n\n\n" for n in range(lines))


def script(topic: str) -> str:
    return "".join(
        f"export function {topic}{n}(value) {{\n  return value + {n}; // {topic} {n}\n}}\n" for n in range(9)
    )


def wheel(path: Path, name: str, licence: str, files: dict[str, str | bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.4\nName: {name}\n{licence}\n\nText\n")
        for inside, content in files.items():
            archive.writestr(inside, content)
    return path


def tarball(path: Path, licence: object, files: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"package.json": json.dumps({"name": "x", "license": licence}), **files}
    with tarfile.open(path, "w:gz") as archive:
        for inside, text in content.items():
            info = tarfile.TarInfo(f"package/{inside}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def row(name: str, index: str = "pypi", licence: str = "MIT", **more: object) -> str:
    values = {"name": name, "version": "1.0", "index": index, "licence": licence, **more}
    lines = (f"{key} = {json.dumps(value)}" for key, value in values.items())
    return "[[package]]\n" + "\n".join(lines) + "\n\n"


def filled(folder: Path) -> Path:
    """A folder with a cache that holds every package of its list, so that nothing is fetched."""
    cache = folder / "cache"
    wheel(cache / "pypi/keep-1.0/keep-1.0-py3-none-any.whl", "keep", "License-Expression: MIT", {
        "keep/a.py": "# Copyright (c) 2020 Somebody\n# SPDX-License-Identifier: MIT\n\n" + module("alpha"),
        "keep/copied.py": module("held"),
        "keep/again.py": module("alpha"),
        "keep/near.py": module("alpha") + "LAST = 'a line of its own'\n",
        "keep/_vendor/other.py": module("vendored"),
        "keep/made.py": "# Automatically generated. DO NOT EDIT\n" + module("made"),
        "keep/small.py": "x = 1\n",
        "keep/large.py": module("large", 8000),
        "keep/latin.py": b"# caf\xe9\n" + module("latin").encode(),
        "keep/nul.py": module("nul") + "\0",
        "keep/gpl.py": "# SPDX-License-Identifier: GPL-3.0-only\n" + module("gpl"),
        "keep/listed/x.py": module("listed"),
        "keep/mail.py": "# Author: Jane <jane@corp.org>\n" + module("mail"),
        "keep/run.sh": "#!/bin/sh\n" + "".join(f'echo "step {n} of many"\n' for n in range(12)),
    })  # fmt: skip
    wheel(cache / "pypi/apart-1.0/apart-1.0-py3-none-any.whl", "apart",
          "Classifier: License :: OSI Approved :: BSD License", {"apart/held.py": module("held")})  # fmt: skip
    wheel(cache / "pypi/strict-1.0/strict-1.0-py3-none-any.whl", "strict", "License-Expression: LGPL-3.0-only",
          {"strict/a.py": module("strict")})  # fmt: skip
    wheel(cache / "pypi/other-1.0/other-1.0-py3-none-any.whl", "other", "License: Apache License 2.0",
          {"other/a.py": module("other")})  # fmt: skip
    tarball(cache / "npm/web-1.0/web-1.0.tgz", "MIT", {
        "dist/a.js": script("gamma"), "src/a.ts": script("gamma"), "dist/one.js": "var a=1;" * 200,
    })  # fmt: skip
    listed = (
        row("keep", skip=["keep/listed/*"]) + row("strict") + row("other", licence="MIT")
        + row("apart", licence="BSD-3-Clause", heldout=True) + row("web", "npm")
    )  # fmt: skip
    (folder / "packages.toml").write_text(STANDARD + listed)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return filled(tmp_path)


def build(folder: Path, out: str = "corpus") -> int:
    given = ["--out", folder / out, "--cache", folder / "cache", "--packages", folder / "packages.toml", "--small"]
    return corpus.main([str(part) for part in given])


def mark_small(folder: Path) -> None:
    text = (folder / "packages.toml").read_text()
    (folder / "packages.toml").write_text(text.replace('version = "1.0"\n', 'version = "1.0"\nsmall = true\n'))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = filled(tmp_path_factory.mktemp("built"))
    mark_small(folder)
    assert build(folder) == 0
    return folder / "corpus"


def test_what_is_kept(built: Path) -> None:
    kept = {source.path: source for shard in training_shards(built) for source in read(shard)}
    ours = {path for path, source in kept.items() if source.package != corpus.STANDARD_LIBRARY}
    # Of equal files the first by name stays.
    assert ours == {"keep/a.py", "keep/mail.py", "keep/run.sh", "src/a.ts"}
    assert kept["keep/a.py"].text == module("alpha")
    assert kept["keep/mail.py"].text.startswith("# Author: Jane\n")
    assert kept["src/a.ts"].language == "typescript"
    assert "colorsys.py" in kept
    assert {shard.name for shard in training_shards(built)} == {
        "python-00.jsonl.xz", "web-00.jsonl.xz", "scripts-00.jsonl.xz",
    }  # fmt: skip


def test_held_out_packages_are_read_first_and_stay_apart(built: Path) -> None:
    assert [source.package for source in read(built / HELDOUT)] == ["apart"]
    trained = [source for shard in training_shards(built) for source in read(shard)]
    # keep/copied.py is a copy of apart/held.py, and "keep" stands before "apart" in the list.
    assert not any("held_1" in source.text for source in trained)


def test_the_inventory_says_what_happened(built: Path) -> None:
    inventory = json.loads((built / "inventory.json").read_text())
    packages_, languages = inventory["packages"], inventory["langs"]
    assert packages_["keep"]["version"] == "1.0"
    assert packages_["keep"]["split"] == "train"
    assert packages_["apart"]["split"] == "heldout"
    assert len(packages_["keep"]["sha256"]) == 64
    assert set(packages_["keep"]["dropped"]["python"]) == {
        "vendored", "generated", "size", "encoding", "licence", "listed", "exact", "near",
    }  # fmt: skip
    assert set(packages_["web"]["dropped"]["javascript"]) == {"exact", "minified"}
    assert not packages_["strict"]["permissive"]
    assert "not a permissive licence" in packages_["strict"]["refused"]
    assert "the list says 'MIT'" in packages_["other"]["refused"]
    assert languages["python"]["held"] == len(module("held"))
    stats = json.loads((built / "stats.json").read_text())
    assert stats["groups"]["web"] == {"bytes": len(script("gamma")), "languages": {"typescript": len(script("gamma"))},
                                      "packages": 1}  # fmt: skip
    assert stats["licence_headers_removed"] >= 1
    assert stats["masked_strings"] >= 1


def test_the_same_archives_give_the_same_bytes(built: Path) -> None:
    folder = built.parent
    assert build(folder, "second") == 0
    names = {path.name for path in built.iterdir()}
    assert names == {path.name for path in (folder / "second").iterdir()}
    for name in names:
        assert (built / name).read_bytes() == (folder / "second" / name).read_bytes()


def test_an_archive_that_is_not_the_listed_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark_small(folder)
    text = (folder / "packages.toml").read_text()
    (folder / "packages.toml").write_text(text.replace('name = "web"\n', f'name = "web"\nsha256 = "{"0" * 64}"\n'))
    assert build(folder) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith("training.corpus: web 1.0: ")
    assert "has SHA-256" in told
    assert "Traceback" not in told


def test_a_broken_archive_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark_small(folder)
    (folder / "cache/pypi/keep-1.0/keep-1.0-py3-none-any.whl").write_bytes(b"half of it")
    assert build(folder) == 2
    assert "keep-1.0-py3-none-any.whl: broken archive" in capsys.readouterr().err


def test_lock_fills_in_digests_and_changes_nothing_else(folder: Path) -> None:
    path = folder / "packages.toml"
    before = path.read_text()
    assert corpus.main(["--lock", "--cache", str(folder / "cache"), "--packages", str(path)]) == 0
    locked = packages.load(path)
    wanted = hashlib.sha256((folder / "cache/npm/web-1.0/web-1.0.tgz").read_bytes()).hexdigest()
    assert [package.sha256 for package in locked.package][-1] == wanted
    assert all(package.sha256 for package in locked.package)
    assert (
        "\n".join(line for line in path.read_text().splitlines() if "sha256" not in line) == before.rstrip("\n") + "\n"
    )
    assert corpus.main(["--lock", "--cache", str(folder / "cache"), "--packages", str(path)]) == 0


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for npm: packs an archive, and writes a line into a log."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    archive = tarball(tmp_path / "made.tgz", "MIT", {"a.js": script("delta")})
    npm = bin_ / "npm"
    npm.write_text(
        f"#!{sys.executable}\nimport pathlib, shutil, sys\n"
        f"pathlib.Path({str(tmp_path / 'log')!r}).open('a').write(' '.join(sys.argv[1:5]) + '\\n')\n"
        f"shutil.copy({str(archive)!r}, pathlib.Path(sys.argv[-1]) / 'late-1.0.tgz')\n"
        f"sys.exit(int(pathlib.Path({str(tmp_path / 'exit')!r}).read_text()))\n"
    )
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "exit").write_text("0")
    monkeypatch.setenv("PATH", str(bin_))
    return tmp_path


def listed(name: str, index: str) -> packages.Package:
    values: dict[str, Any] = {"name": name, "version": "1.0", "index": index, "licence": "MIT"}
    return packages.Package(**values)


def test_a_download_is_done_once_and_a_broken_one_again(client: Path) -> None:
    cache, package = client / "cache", listed("late", "npm")
    (client / "exit").write_text("1")
    with pytest.raises(fetch.Unavailable, match=r"late 1\.0: npm did not deliver it"):
        fetch.archive_of(package, cache)
    assert not list(cache.rglob("*.tgz"))
    # What a killed run leaves behind is not taken for an archive.
    half = cache / "npm/late-1.0.partial"
    half.mkdir(parents=True)
    (half / "late-1.0.tgz").write_bytes(b"half")
    (client / "exit").write_text("0")
    first = fetch.archive_of(package, cache)
    assert fetch.archive_of(package, cache) == first
    assert archives.licence(first) == "MIT"
    assert (client / "log").read_text().splitlines() == ["pack late@1.0 --ignore-scripts --silent"] * 2


def test_without_npm_the_rest_is_built(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark_small(folder)
    (folder / "cache/npm/web-1.0/web-1.0.tgz").unlink()
    monkeypatch.setenv("PATH", str(folder))
    assert build(folder) == 0
    inventory = json.loads((folder / "corpus/inventory.json").read_text())
    assert inventory["skipped"] == {"web": "npm is not installed; npm packages are left out"}
    assert "web" not in inventory["packages"]
    assert inventory["packages"]["keep"]["bytes"]


def test_pip_is_asked_for_wheels_only(tmp_path: Path) -> None:
    asked = fetch.command(listed("late", "pypi"), tmp_path)
    assert asked[asked.index("--only-binary") + 1] == ":all:"
    assert asked[-1] == "late==1.0"
    assert "--no-deps" in asked


def test_a_folder_is_read_in_order_and_without_links(tmp_path: Path) -> None:
    for name in ("b.py", "a/z.py", "a/c.txt", "a.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "link.py").symlink_to(tmp_path / "b.py")
    found = [(member.path, member.data) for member in archives.members(tmp_path, lambda path: path.endswith(".py"))]
    assert found == [("a.py", b"a.py"), ("b.py", b"b.py"), ("a/z.py", b"a/z.py")]


@pytest.mark.parametrize(
    ("metadata", "stated"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: nonsense", "MIT OR Apache-2.0"),
        ("License: BSD\nClassifier: License :: OSI Approved :: BSD License", "BSD | BSD License"),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved", ""),
        ("Summary: nothing said", ""),
    ],
)
def test_the_licence_of_a_wheel(tmp_path: Path, metadata: str, stated: str) -> None:
    assert archives.licence(wheel(tmp_path / "x.whl", "x", metadata, {})) == stated


@pytest.mark.parametrize(
    ("written", "stated"),
    [("ISC", "ISC"), ({"type": "MIT"}, "MIT"), ([{"type": "MIT"}, "ISC"], "MIT OR ISC"), (None, "")],
)
def test_the_licence_of_a_tarball(tmp_path: Path, written: object, stated: str) -> None:
    assert archives.licence(tarball(tmp_path / "x.tgz", written, {})) == stated


def test_order_inside_an_archive_does_not_matter() -> None:
    found = [archives.Member(path, 600, script("epsilon").encode()) for path in ("a.js", "b.ts")]
    there = harvest("p", found, Seen())
    back = harvest("p", reversed(found), Seen())
    assert [source.path for source in there.sources] == [source.path for source in back.sources] == ["b.ts"]
    assert filters.GROUPS["web"] == ("typescript", "javascript")


def test_near_repeats_need_enough_long_lines() -> None:
    seen = Seen()
    text = "\n".join(f"a line of some length {n}" for n in range(10))
    assert seen.admit(text) is None
    assert seen.admit(text) == "exact"
    assert seen.admit(text + "\none more line of it") == "near"
    assert seen.admit("\n".join(text.split("\n")[:7] + [f"something else entirely {n}" for n in range(4)])) is None
    assert seen.admit("\n".join(text.split("\n")[:3])) is None


def test_the_card_shows_versions_and_what_is_missing(built: Path) -> None:
    pytest.importorskip("torch")
    from training import card

    inventory = json.loads((built / "inventory.json").read_text()) | {"skipped": {"late": "npm did not deliver it"}}
    facts = card.Facts(inventory, json.loads((built / "stats.json").read_text()), state=None, log=[], evaluation={})  # type: ignore[arg-type]
    text = "\n".join(card._data(facts))
    assert "| keep | 1.0 | MIT |" in text
    assert "| apart (held out) | 1.0 | BSD License |" in text
    assert "left out for their licence: other, strict" in text
    assert "could not be had when the corpus was built: late" in text
    assert "after cleaning" in text
    assert "did not record package versions" not in text
