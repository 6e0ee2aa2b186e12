"""The pure parts of `benchmarks/typing.py`: what is typed, what the oracle says, and what is made of the times."""

from __future__ import annotations

import json
import random
import statistics
import threading
import time
from pathlib import Path

import pytest

from benchmarks.typing_engine import Replaced
from benchmarks.typing_oracle import Oracle, Source, altered, tokens_of
from benchmarks.typing_play import Key, Section, full_speed, in_turn
from benchmarks.typing_policies import Answer, Generation, Waiting
from benchmarks.typing_report import Played, figures, picture, table, write_keys
from benchmarks.typing_traces import PAUSE_MS, State, Trace, gaps_of, is_natural_pause, keys_of, material, states
from completion.engine.engine import Piece

TYPED = 'def total(rows):\n    return sum(price(row) for row in rows["a"])'
SOURCE = Source("shop.py", f"import shop\n\n{TYPED}\n\nend = 1\n", 13, 13 + len(TYPED))


def trace_of(typed: str, *, auto_close: bool) -> Trace:
    keys = keys_of(typed)
    return Trace(
        "shop.py:3", "python", "import shop\n\n", typed, "\n\nend = 1\n", keys, (100.0,) * len(keys), auto_close
    )


@pytest.mark.parametrize("auto_close", [False, True])
def test_the_edits_make_the_document(auto_close: bool) -> None:
    trace = trace_of(TYPED, auto_close=auto_close)
    text = trace.prefix + trace.suffix
    for state in states(trace):
        if state.edit is not None:
            lines = text.split("\n")
            at = sum(len(line) + 1 for line in lines[: state.edit.line]) + state.edit.character
            text = text[:at] + state.edit.text + text[at + state.edit.replaced :]
        assert text == state.before + state.after
        lines = state.before.split("\n")
        assert (state.line, state.character) == (len(lines) - 1, len(lines[-1]))
    assert text == trace.prefix + TYPED + trace.suffix


def test_the_editor_closes_brackets_and_they_are_typed_over() -> None:
    found = list(states(trace_of('f(a["b"])', auto_close=True)))
    assert [state.after.partition("\n")[0] for state in found] == ["", ")", ")", "])", '"])', '"])', "])", ")", ""]
    assert [state.edit is None for state in found] == [False] * 6 + [True] * 3


def test_enter_brings_the_indent() -> None:
    assert keys_of("if a:\n    b") == ("i", "f", " ", "a", ":", "\n    ", "b")


def test_gaps_are_log_normal_and_the_long_ones_are_where_people_think() -> None:
    keys = keys_of("result = compute(first, second)\n    return result.value[0]\n" * 60)
    gaps = gaps_of(keys, random.Random(3))
    assert statistics.median(gaps) == pytest.approx(150, rel=0.1)
    assert statistics.fmean(gaps) == pytest.approx(210, rel=0.1)
    assert all(is_natural_pause(key) for key, gap in zip(keys, gaps, strict=True) if gap >= PAUSE_MS)
    assert gaps == gaps_of(keys, random.Random(3))
    assert gaps != gaps_of(keys, random.Random(4))


def test_the_material_is_the_same_for_a_seed_and_has_several_languages() -> None:
    found = material(1, 12)
    assert found == material(1, 12)
    assert len(found) == 12
    assert {"python", "shellscript"} <= {trace.language for trace in found}
    assert len({trace.name for trace in found}) == 12
    assert any(trace.auto_close for trace in found)
    assert not all(trace.auto_close for trace in found)
    for trace in found:
        assert "".join(trace.keys) == trace.typed
        assert len(trace.gaps) == len(trace.keys)


def test_the_oracle_finds_the_place_by_the_end_of_the_text_alone() -> None:
    oracle = Oracle([SOURCE], seed=1, share=1.0)
    for at in range(SOURCE.begin, SOURCE.end):
        found = oracle.place(SOURCE.text[max(0, at - 60) : at])
        assert found == (SOURCE, at)
    assert oracle.answer(SOURCE.text[: SOURCE.begin + 20]) == TYPED[20:]
    assert oracle.place("nothing like it is anywhere in this file at all") is None


def test_an_unknown_line_is_as_long_and_wrong() -> None:
    none = Oracle([SOURCE], seed=1, share=0.0)
    said = none.answer(SOURCE.text[: SOURCE.begin])
    assert said != TYPED
    assert len(said) == len(TYPED)
    assert said == altered(TYPED)
    compile(said, "wrong", "exec")


def test_it_knows_about_as_many_lines_as_it_should() -> None:
    oracle = Oracle([], seed=5)
    known = sum(oracle.knows("file.py", line) for line in range(2000))
    assert 700 < known < 900


def test_an_oracle_is_read_as_it_was_written(tmp_path: Path) -> None:
    oracle = Oracle([SOURCE], seed=2)
    oracle.write(tmp_path / "oracle", {"prefix": "<p>"})
    again, template = Oracle.read(tmp_path / "oracle")
    assert template == {"prefix": "<p>"}
    assert again.answer(SOURCE.text[: SOURCE.begin]) == oracle.answer(SOURCE.text[: SOURCE.begin])


def test_tokens_are_about_as_long_as_those_of_a_vocabulary_and_lose_nothing() -> None:
    text = Path(json.__file__).read_text("utf-8")
    assert "".join(tokens_of(text)) == text
    assert 2.5 < len(text) / len(tokens_of(text)) < 4.5


def test_noise_is_replaced_token_for_token_and_what_must_be_spelled_stays() -> None:
    oracle, said = Oracle([SOURCE], seed=1, share=1.0), list[str]()
    before = SOURCE.text[: SOURCE.begin + len("def to")]
    replaced = Replaced(oracle, before, "to", threading.Event(), lambda piece: said.append(piece.text))
    for noise in ("t", "o\n", *"\n" * 60):
        replaced.take(Piece(noise, (-3.0,)))
    assert said[0] == "t"
    assert "".join(said) == "to" + TYPED[len("def to") :]
    assert replaced.cancel.is_set()


def test_a_caller_can_stop_what_is_being_replaced() -> None:
    outer = threading.Event()
    replaced = Replaced(Oracle([SOURCE], 1), "x", "", outer, lambda _: None)
    assert not replaced.cancel.is_set()
    outer.set()
    assert replaced.cancel.is_set()


def key_at(at: float, latency_ms: float | None, gap_ms: float, **more: object) -> Key:
    answer = Answer("text", at + latency_ms / 1000, 20.0, generated=True) if latency_ms is not None else None
    table: dict[str, object] = {"matched": False, "apart": False, "asked": 1} | more
    return Key("a.py:1", 1, at, gap_ms, answer, **table)  # type: ignore[arg-type]


def section() -> Section:
    keys = (
        key_at(0.0, 900, 100, apart=True, tokens=1000),
        key_at(1.0, 50, 200, tokens=7, background=5),
        key_at(2.0, 70, 500),
        key_at(3.0, None, 600, tokens=5),
        key_at(4.0, 2, 100, matched=True),
    )
    return Section(keys, engine_ms=80.0)


def test_figures() -> None:
    found = figures(Played(section(), section(), section(), section()))
    assert found["ttft_p50_ms"] == 20.0
    assert found["prompt_tokens_mean"] == 3.0
    assert found["foreground_tokens_mean"] == 1.8
    assert found["foreground_tokens_p95"] == 5
    assert found["pauses_answered"] == 0.5
    assert found["pause_p50_ms"] == 70.0
    assert found["shown_before_next_key"] == 0.75
    assert found["cpu_ms_per_key"] == 20.0
    assert found["cold_p50_ms"] == 900.0
    assert found["matched_p99_ms"] == 2.0
    assert found["two_windows_latency"] == 1.0
    assert found["two_windows_tokens"] == 0.0
    assert found["counts"]["pauses"] == 2
    assert "50 %" in table({"ours": found})


def test_a_policy_that_never_answers_has_no_figures_but_is_shown() -> None:
    silent = Section(tuple(key_at(float(at), None, 500) for at in range(3)))
    found = figures(Played(silent, silent, silent, silent))
    assert found["ttft_p50_ms"] is None
    assert found["pauses_answered"] == 0.0
    assert "never" not in table({"naive": found}).splitlines()[0]


def test_keys_and_picture_are_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the picture needs matplotlib (the extra training)")
    played = Played(section(), section(), section(), section())
    write_keys(tmp_path / "keys.jsonl", "ours", played)
    rows = [json.loads(line) for line in (tmp_path / "keys.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 20
    assert rows[3]["latency_ms"] is None
    picture(tmp_path / "one.svg", "a model", {"ours": figures(played)})
    assert "<svg" in (tmp_path / "one.svg").read_text("utf-8")


class Parrot:
    """A policy and its window: it says what it has been told to, and evaluates a token for each key."""

    name = "parrot"

    def __init__(self, text: str) -> None:
        self._text = text
        self._done: list[Generation] = []

    def window(self) -> Parrot:
        return self

    def open(self, trace: Trace) -> None:
        return

    def key(self, state: State) -> Waiting:
        self._done.append(Generation(time.monotonic(), 1, 1))
        return Waiting(state.index)

    def answer(self, waiting: Waiting, until: float) -> Answer:
        return Answer(self._text[waiting.number + 1 :], 0.0)

    def engine_seconds(self) -> float:
        return 0.0

    client_seconds = engine_seconds

    def generations(self) -> list[Generation]:
        return self._done

    def close(self) -> None:
        return


def test_a_key_matches_when_it_is_what_was_offered() -> None:
    played = full_speed(Parrot("def tota"), [trace_of(TYPED, auto_close=False).cut(9)], seconds=60)
    # The first has nothing before it, and the last letter leaves nothing to offer.
    assert [key.matched for key in played.keys] == [False, *[True] * 6, False, False]
    assert [key.apart for key in played.keys] == [True] + [False] * 8
    assert [key.tokens for key in played.keys] == [1] * 9


def test_two_windows_press_blocks_alone_and_then_in_turn() -> None:
    trace = trace_of(TYPED, auto_close=False)
    alone, turn = in_turn(Parrot(""), [trace.cut(20)], [trace.cut(20)], seconds=60)
    assert [key.index for key in alone.keys] == [0, 0, *range(1, 7), *range(1, 7), *range(13, 19), *range(13, 19)]
    assert [key.index for key in turn.keys] == [7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 19, 19]
    assert [key.apart for key in alone.keys] == [True, True, *([True] + [False] * 5) * 4]
    assert not any(key.apart for key in turn.keys)
