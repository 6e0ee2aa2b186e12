"""Records of what became of requests, and the words for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from completion import inline
from completion.types import CompletionRequest, Document, Suggestion, Trigger, Usage
from completion.workspace import ignore
from lsp_server import why_text
from lsp_server.why import KEPT, Course, Record, Tried, Why

SECRET = "hunter2"
REQUEST = CompletionRequest(Document("src/a.py", "python", f"password = '{SECRET}'".encode()), 5, Trigger.INVOKED)
SUGGESTION = Suggestion(f"x = '{SECRET}'\ny", 5, 5, "1", source="copy", confidence=0.625)
TRACE = inline.Trace(
    mode="block",
    reason="below a line that opens a block",
    source="copy",
    rules=("overlap", "longest_clean"),
    generated=SECRET,
    finish="stop",
    candidates=(inline.Candidate("copy", SECRET, 0.625), inline.Candidate("engine", SECRET, 0.04)),
    usage=Usage(12, 300, 9),
    before_ms=0.25,
    first_ms=20.4,
    line_ms=31.0,
    engine_ms=40.0,
    after_ms=2.0,
)


def shown() -> Record:
    course = Course("textDocument/inlineCompletion", "src/a.py", 7, REQUEST, at=1_000_000.0)
    course.outcome, course.suggestion, course.trace = "shown", SUGGESTION, TRACE
    course.model, course.engine = "embedded", "llama"
    return course.recorded()


def silent(note: str) -> Record:
    return Course("textDocument/completion", "a.py", 1, REQUEST, note=note).recorded()


def test_a_record_has_the_figures_and_no_text() -> None:
    record = shown()
    assert (record.characters, record.lines, record.confidence) == (len(SUGGESTION.text), 2, 0.625)
    assert record.candidates == (Tried("copy", 0.625), Tried("engine", 0.04))
    assert (record.prompt_tokens, record.cached_tokens, record.completion_tokens) == (12, 300, 9)
    assert SECRET not in repr(record)
    assert SECRET not in why_text.plain(record) + why_text.markdown(record)


def test_what_other_rooms_add_to_a_trace_is_taken_over() -> None:
    trace = inline.Trace(context=("src/b.py:1-9 (definition, 40)",), unknown_names=("frobnicate",))
    course = Course("m", "a.py", 1, REQUEST, trace=trace)
    record = course.recorded()
    assert record.context == ("src/b.py:1-9 (definition, 40)",)
    assert (record.unknown, record.unknown_names) == (1, ("frobnicate",))
    assert ("unknown names", "frobnicate") in why_text.rows(record)
    assert ("unknown names", "1") in why_text.rows(replace(record, unknown_names=()))


def test_only_the_newest_are_kept() -> None:
    heard = []
    why = Why(lambda: heard.append(1))
    for number in range(KEPT + 3):
        why.add(replace(shown(), line=number))
    assert [record.line for record in why.newest()] == list(range(KEPT + 2, 2, -1))
    assert len(heard) == KEPT + 3


def test_a_suggestion_in_words() -> None:
    assert why_text.sentence(shown()) == (
        f"A suggestion was shown: {len(SUGGESTION.text)} characters in 2 lines. It was copied from a similar place "
        "nearby, which was surer than the model. The chance that its first line is exactly right was estimated at 62 %."
    )
    assert "not checked" in why_text.sentence(replace(shown(), checked=False))
    found = dict(why_text.rows(shown()))
    assert found["where"] == "src/a.py, line 7 (python)"
    assert found["asked"] == "by hand, for grey text"
    assert found["mode"] == "a block (below a line that opens a block)"
    assert found["model"] == "embedded (llama)"
    assert found["answers"] == "nearby copy 62 %, model 4 %"
    assert found["filters hit"] == "overlap, longest_clean"
    assert found["time"] == "before 0.2 ms, engine 40 ms, after 2 ms; first token at 20 ms, first line at 31 ms"
    assert found["tokens"] == "12 read, 300 known from before, 9 written, ended by stop"
    assert "context" not in found


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        ("inside a word", "Nothing was shown: the cursor is inside a word."),
        ("a reason of tomorrow", "Nothing was shown: a reason of tomorrow."),
        ("", "Nothing was shown: the reason is not known."),
        (
            "ignored by src/.copilotignore:3 (plans(old)/)",
            "Nothing was shown: line 3 of src/.copilotignore keeps suggestions out of this file (plans(old)/).",
        ),
    ],
)
def test_a_silence_in_words(note: str, sentence: str) -> None:
    assert why_text.sentence(silent(note)) == sentence


def test_every_silence_of_the_core_and_the_server_has_its_sentence() -> None:
    for note in (
        ignore.SECRET_FILE,
        "not open",
        "too large",
        "line too long",
        "switched off",
        "paused on battery",
        "no engine",
        "a line for the notebook",
    ):
        assert why_text.sentence(silent(note)) != f"Nothing was shown: {note}."


def test_an_error_in_words() -> None:
    record = replace(silent("The engine does not answer. Run: lsp-copilot doctor"), outcome="failed")
    assert why_text.sentence(record) == (
        "Nothing was shown, because of an error: The engine does not answer. Run: lsp-copilot doctor"
    )


def test_names_of_files_stay_text() -> None:
    record = replace(shown(), path="a|b`\n\x1b[31m<img>.py")
    assert r"a\|b\`??\[31m\<img\>.py" in why_text.markdown(record)
    assert why_text.markdown(record).count("\n| where |") == 1
    assert "\x1b" not in why_text.plain(record)


def test_nothing_known_is_nothing_said() -> None:
    assert [name for name, _ in why_text.rows(silent("no engine"))] == ["where", "when", "asked"]
