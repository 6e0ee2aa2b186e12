"""Shell risks: disguises beyond the danger list, places of findings, both parsers, hostile texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from completion.scripts import risk
from completion.scripts.risk import shell, shell_grammar, shell_shfmt
from completion.scripts.risk.places import whole
from completion.scripts.risk.shell_tree import Block, Unparsable
from completion.scripts.risk.shell_values import MAYBE

DISGUISES = Path(__file__).with_name("risk_disguises.txt").read_text("utf-8").split("\n%%\n")


def rules(text: str, kind: str = "shell") -> set[str]:
    return {each.rule for each in risk.find(kind, text) if each.severity != "note"}


@pytest.fixture(params=["shfmt", "grammar"])
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either parser alone."""
    shell._parsed.cache_clear()
    if request.param == "grammar":

        def refuse(text: str) -> Block:
            raise Unparsable("not installed")

        monkeypatch.setattr(shell_shfmt, "parse", refuse)


@pytest.mark.usefixtures("_parser")
@pytest.mark.parametrize("text", DISGUISES)
def test_disguises_are_seen_through(text: str) -> None:
    assert rules(text)


@pytest.mark.usefixtures("_parser")
def test_a_finding_stands_in_the_line_of_a_nested_script() -> None:
    text = "echo a\nsudo bash <<'END'\necho b\n\nrm -rf /\nEND\necho c\n"
    assert [(each.rule, each.line) for each in risk.find("shell", text)] == [("recursive-delete", 5)]


@pytest.mark.usefixtures("_parser")
@pytest.mark.parametrize(
    "text",
    [
        "echo 'rm -rf /'",
        "# rm -rf /",
        "cat > advice.txt <<'END'\nrm -rf /\nEND",
        'rm -rf "${DIR:?}/"',
        "DIR=build; rm -rf $DIR/*",
        "(cd / && ls); rm -rf build",
        "bash < install.sh",
        "wget https://example.com/a.sh; sha256sum -c a.sha256; sh a.sh",
        "f() { f2 | f3 & }; f",
        "sudo -l",
        "cat > /etc/systemd/system/web.service < web.service",
        'x=$(echo A | tr A-Z a-z); eval "name_$x=1"',
        "command -v rm /",
    ],
)
def test_what_only_looks_dangerous_is_not(text: str) -> None:
    assert not rules(text)


def test_both_parsers_agree_on_the_calls_of_a_script() -> None:
    text = "a=1\nfor x in b c; do rm -rf \"$x\" | sh 2>/dev/null; done\nif true; then sudo ls; fi\nf() { g <<< 'h'; }\n"
    assert repr(shell_grammar.parse(text)[0]).count("Command(") == repr(shell_shfmt.parse(text)).count("Command(")


@pytest.mark.parametrize("text", ["if [ ; rm -rf /\n done fi", 'echo "never closed', "(" * 5000 + "ls"])
def test_a_script_that_cannot_be_read_is_said_so(text: str) -> None:
    found = risk.find("shell", text)
    assert [each.rule for each in found if each.severity == "note"] == ["unjudged"]


def test_a_long_script_is_judged_to_its_end() -> None:
    lines = "".join(f"echo {number} >> log\n" for number in range(3000))
    assert [(each.rule, each.line) for each in risk.find("shell", f"{lines}rm -rf /\n")] == [("recursive-delete", 3001)]


def test_a_script_that_is_too_long_is_said_so() -> None:
    (note,) = risk.find("shell", "x" * (risk.MAX_CHARACTERS + 1))
    assert note.severity == "note"
    assert "longer than" in note.message


@pytest.mark.parametrize(
    "text", ["echo \ud800; rm -rf /", "$(" * 3000 + ")" * 3000, "rm -rf " + "{a,b}" * 60, "\0\xff"]
)
def test_strange_texts_raise_nothing(text: str) -> None:
    risk.find("shell", text)


def test_what_is_not_known_is_shown_as_dots() -> None:
    (found,) = risk.find("shell", 'cp a "/boot/$NAME.img"')
    assert "/boot/….img" in found.message


def test_nothing_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    risk.find("shell", f"touch {mark}; x=$(touch {mark}); bash -c 'touch {mark}'; eval \"touch {mark}\"")
    risk.find("python", f"open({str(mark)!r}, 'w')")
    assert not mark.exists()


@pytest.mark.parametrize(
    ("path", "folder", "lost"),
    [
        ("/", ".", "everything below the root folder"),
        ("/*", ".", "everything in the root folder"),
        ("*", "/", "everything in the root folder"),
        (f"{MAYBE}/", ".", "everything below the root folder if a variable is not set"),
        ("/tmp/../etc/", ".", "everything below the system's folder /etc"),
        ("~/.ssh", ".", "your SSH keys"),
        ("/tmp/x", ".", ""),
        ("build", "/", ""),
        (MAYBE, ".", ""),
    ],
)
def test_places_are_told_in_words(path: str, folder: str, lost: str) -> None:
    assert whole(path, folder) == lost
