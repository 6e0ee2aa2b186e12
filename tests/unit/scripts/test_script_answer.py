"""What is left of an answer, piece by piece and at its end."""

from __future__ import annotations

import pytest

from completion.scripts.answer import Listener, Script, without_loop
from completion.scripts.kinds import KINDS


def heard(listener: Listener, said: str, reason: str = "stop", size: int = 3) -> tuple[str, Script]:
    """All that was shown while `said` came in small parts, and the script."""
    shown = ""
    for start in range(0, len(said), size):
        shown += listener.feed(said[start : start + size])
        if listener.ended:
            break
    script = listener.result(reason)
    return shown + listener.rest(script), script


def chat(kind: str, **more: bool) -> Listener:
    return Listener(KINDS[kind], in_fence=more.get("in_fence", False), controls=("<|im_end|>",))


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("said", "in_fence", "want"),
    [
        ("SELECT 1;", True, "SELECT 1;\n"),
        ("SELECT 1;\n```\nThat is all.", True, "SELECT 1;\n"),
        ("Here it is:\n\n```sql\nSELECT 1;\n```\nIt selects one.", False, "SELECT 1;\n"),
        ("```sql\nSELECT 1\n```", True, "SELECT 1;\n"),
        ("~~~\nSELECT 1;\n~~~\n", False, "SELECT 1;\n"),
        ("SELECT 1;", False, "SELECT 1;\n"),
        ("<think>\nOne, then?\n```sql\nSELECT 2;\n```\n</think>\n\n```sql\nSELECT 1;\n```", False, "SELECT 1;\n"),
        ("SELECT 1;<|im_end|>\n<|im_start|>user", True, "SELECT 1;\n"),
        ("SELECT '<b>', a[1] FROM t;\n```", True, "SELECT '<b>', a[1] FROM t;\n"),
        ("SELECT\u200b 1;\r\nSELECT 2;\r\n", True, "SELECT 1;\nSELECT 2;\n"),
    ],
)
def test_conversation(said: str, in_fence: bool, want: str, size: int) -> None:
    shown, script = heard(chat("sql", in_fence=in_fence), said, size=size)
    assert script == Script(want, finished=True)
    assert want.startswith(shown.rstrip("`~"))
    assert shown.strip() == want.strip() or "SELECT 1\n" in said


@pytest.mark.parametrize(
    ("kind", "said", "want"),
    [
        ("sql", "SELECT 1;\nSELECT 2;\nSELECT a, b FR", "SELECT 1;\nSELECT 2;\n"),
        ("shell", "echo 1\nif true; then\n  echo 2\nec", "echo 1\n"),
        (
            "shell",
            "if true; then\n  for a in 1 2; do\n    echo $a\n    ec",
            "if true; then\n  for a in 1 2; do\n    echo $a\ndone\nfi\n",
        ),
        ("dockerfile", "FROM alpine:3.20\nRUN apk add \\\n    cur", "FROM alpine:3.20\n"),
        ("kubernetes", "apiVersion: v1\nkind: Pod\nmeta", "apiVersion: v1\nkind: Pod\n"),
        ("python", "print(1)\ndef f():\n    return (1,\n  ", "print(1)\n"),
    ],
)
def test_what_a_limit_has_cut_ends_at_a_boundary(kind: str, said: str, want: str) -> None:
    _, script = heard(chat(kind, in_fence=True), said, "length")
    assert script == Script(want, finished=False)


def test_a_limit_behind_the_closing_fence_has_cut_nothing() -> None:
    _, script = heard(chat("sql", in_fence=True), "SELECT 1;\n```\nThis sel", "length")
    assert script == Script("SELECT 1;\n", finished=True)


def test_the_head_belongs_to_the_script_and_is_shown() -> None:
    listener = Listener(KINDS["shell"], head="#!/bin/sh\nset -eu\n\n", in_file=True)
    shown, script = heard(listener, "echo hello\n")
    assert script.text == "#!/bin/sh\nset -eu\n\necho hello\n"
    assert shown == script.text


def test_comments_alone_are_nothing() -> None:
    listener = Listener(KINDS["shell"], head="#!/bin/sh\nset -eu\n\n", in_file=True)
    assert heard(listener, "# This is a script\n#\n# to say hello\n")[1].text == ""


@pytest.mark.parametrize(
    ("said", "want"),
    [
        (r'^\d+$")' + "\n", "^\\d+$\n"),
        (r'a\"b")', 'a\\"b\n'),
        (r'a\\")', "a\\\\\n"),
        (r'^x", re.I | re.MULTILINE)', "(?im)^x\n"),
    ],
)
def test_a_pattern_is_taken_out_of_its_call(said: str, want: str) -> None:
    assert heard(Listener(KINDS["regex"], in_file=True), said)[1].text == want


@pytest.mark.parametrize(
    ("said", "want"),
    [
        (r"^\d+$", "^\\d+$\n"),
        (r'r"^\d+$"', "^\\d+$\n"),
        (r're.compile(r"^\d+$", re.I)', "(?i)^\\d+$\n"),
        ("`a|b`", "a|b\n"),
        ("'[^']*'", "'[^']*'\n"),
    ],
)
def test_what_a_model_puts_around_a_pattern_falls_away(said: str, want: str) -> None:
    assert heard(chat("regex", in_fence=True), said)[1].text == want


def test_a_loop_ends_the_answer() -> None:
    listener = chat("kubernetes", in_fence=True)
    _, script = heard(listener, "a: 1\n" + "b: 2\nc: 3\n" * 50)
    assert listener.ended
    assert script == Script("a: 1\nb: 2\nc: 3\n", finished=False)


@pytest.mark.parametrize(
    "text",
    [
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "    }\n  }\n}\n\n\n\n",
        "a\na\nb\na\na\n",
        "-" * 80,
        "NULL, " * 8,
    ],
)
def test_what_only_looks_like_a_loop_stays(text: str) -> None:
    assert without_loop(text) == text


def test_prose_is_left_as_it_is() -> None:
    shown, script = heard(Listener(None), "It runs `ls`.\n\n```sh\nls\n```\nThen it counts.")
    assert script.text == "It runs `ls`.\n\n```sh\nls\n```\nThen it counts.\n"
    assert shown == script.text
