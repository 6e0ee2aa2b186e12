"""The list of packages: what ships is complete, and what is wrong is said with file, package and key."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pydantic")

from training import packages

STANDARD = '[standard-library]\nlicence = "PSF-2.0"\nskip = []\nsmall = []\n\n'
PACKAGE = '[[package]]\nname = "one"\nversion = "1.0"\nindex = "pypi"\nlicence = "MIT"\n'


def test_the_list_that_ships() -> None:
    listed = packages.load(packages.LIST)
    assert len(listed.package) <= 80
    assert all(package.sha256 for package in listed.package)
    held = {package.name for package in listed.package if package.heldout}
    assert held >= {"celery", "starlette", "rich", "luigi", "seaborn", "nox"}
    assert held >= {"koa", "zod", "ioredis", "redux", "yargs", "kysely"}
    small = listed.reading_order(small=True)
    assert 10 <= len(small) <= 15
    assert sum(package.heldout for package in small) >= 3
    assert {package.index for package in small} == {"pypi", "npm"}


def test_held_out_packages_come_first() -> None:
    order = [package.heldout for package in packages.load(packages.LIST).reading_order()]
    assert order == sorted(order, reverse=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (STANDARD + PACKAGE.replace('"1.0"', "1.0"), "package 1 (one), version: Input should be a valid string"),
        (STANDARD + PACKAGE + 'colour = "red"\n', "package 1 (one), colour: Extra inputs are not permitted"),
        (STANDARD + PACKAGE.replace("pypi", "crates"), "package 1 (one), index: Input should be 'pypi' or 'npm'"),
        (STANDARD + PACKAGE.replace("one", "../one"), "package 1 (../one), name: "),
        (STANDARD + PACKAGE.replace("1.0", ">=1.0"), "package 1 (one), version: "),
        (STANDARD + PACKAGE.replace("MIT", "LGPL-3.0"), "licence: 'LGPL-3.0' is not a permissive licence"),
        (STANDARD + PACKAGE + PACKAGE, "package 2 (one), name: it stands in the list twice"),
        (PACKAGE, "standard-library: Field required"),
        ("= 1", "not TOML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "list.toml"
    path.write_text(text)
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the sentence is what is tested
        packages.load(path)
    assert str(path) in str(raised.value)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("MIT", True), ("BSD-3-Clause AND MIT", True), ("Apache Software License", True), ("PSF-2.0", True),
        ("MIT OR GPL-2.0-only", False), ("LGPLv3", False), ("MIT | GPLv2", False), ("MPL-2.0", False),
        ("SEE LICENSE IN x", False), ("UNLICENSED", False), ("Unlicense", True), ("", False), ("Custom", False),
        ("CC-BY-NC-4.0", False),
    ],
)  # fmt: skip
def test_permissive(statement: str, allowed: bool) -> None:
    assert packages.permissive(statement) == allowed


def test_kinds_ignore_spelling() -> None:
    assert packages.kinds("Apache-2.0") == packages.kinds("Apache Software License") == {"Apache"}
    assert packages.kinds("BSD-3-Clause | BSD License") == {"BSD"}
    assert packages.kinds("MIT OR Apache-2.0") == {"MIT", "Apache"}


def test_digests_go_behind_the_last_key() -> None:
    text = (
        STANDARD + PACKAGE + "\n# The next one is large.\n" + PACKAGE.replace("one", "two") + 'skip = [\n  "a/*",\n]\n'
    )
    filled = packages.with_digests(text, {"one": "1" * 64, "two": "2" * 64})
    assert PACKAGE + f'sha256 = "{"1" * 64}"\n\n# The next' in filled
    assert filled.endswith(f'  "a/*",\n]\nsha256 = "{"2" * 64}"\n')
    assert packages.with_digests(filled, {"one": "3" * 64}) == filled
