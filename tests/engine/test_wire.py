"""The wire's pure functions, stop strings and healing on made-up tokens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completion.engine import wire
from completion.engine.engine import Token
from completion.engine.healing import StopFilter, render, split_last
from completion.errors import EngineRejected
from completion.types import Chunk, Control, Prompt, Sampling, Text, Usage

FULL = Prompt(
    segments=(Control("<|s|>"), Text("a\n"), Text("b", heal=True)),
    max_tokens=7,
    stops=("\n", "x"),
    sampling=Sampling(0.5, 0.9, 3),
    required_start="c",
    slot="file",
    purpose="warm",
    deadline_ms=250,
)


def test_a_prompt_survives_the_wire() -> None:
    assert wire.parse_request(wire.request_of(FULL, "m")) == (FULL, True)


def test_only_a_warm_up_asks_for_nothing() -> None:
    warm = Prompt((Text("a"),), 0, purpose="warm")
    assert wire.parse_request(wire.request_of(warm, "m")) == (warm, True)
    with pytest.raises(EngineRejected, match="max_tokens"):
        wire.parse_request(wire.request_of(Prompt((Text("a"),), 0), "m"))


def test_at_most_four_stops_reach_the_wire() -> None:
    prompt = Prompt((Text("a"),), 1, stops=tuple("abcdef"))
    assert wire.parse_request(wire.request_of(prompt, "m"))[0].stops == tuple("abcd")


def test_chunks_survive_the_wire() -> None:
    for chunk in (Chunk("a", (-0.5, -1.0)), Chunk("", finish_reason="stop", usage=Usage(3, 100, 5, 1.5, 2.5))):
        assert wire.chunk_of(wire.event_of(chunk, "m")) == chunk


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ([], "the request"),
        ({}, "prompt"),
        ({"prompt": 3}, "prompt"),
        ({"prompt": "half \ud800 pair"}, "prompt"),
        ({"prompt": "x", "max_tokens": 0}, "max_tokens"),
        ({"prompt": "x", "max_tokens": True}, "max_tokens"),
        ({"prompt": "x", "max_tokens": float("nan")}, "max_tokens"),
        ({"prompt": "x", "temperature": "hot"}, "temperature"),
        ({"prompt": "x", "top_p": 1.5}, "top_p"),
        ({"prompt": "x", "seed": -1}, "seed"),
        ({"prompt": "x", "stop": ["a"] * 5}, "stop"),
        ({"prompt": "x", "stop": [""]}, "stop"),
        ({"prompt": "x", "stop": {"a": 1}}, "stop"),
        ({"prompt": "x", "lsp_copilot": 1}, "lsp_copilot"),
        ({"lsp_copilot": {"segments": "x"}}, "segments"),
        ({"lsp_copilot": {"segments": [1]}}, "segments[0]"),
        ({"lsp_copilot": {"segments": [{"text": "a"}, {"text": "\udfff"}]}}, "segments[1]"),
        ({"lsp_copilot": {"segments": [{"text": "a", "heal": 1}]}}, "segments[0]"),
        ({"lsp_copilot": {"segments": [{"text": "a", "heal": True}] * 2}}, "segments"),
        ({"prompt": "x", "lsp_copilot": {"slot": 1}}, "slot"),
        ({"prompt": "x", "lsp_copilot": {"grammar": ["a"]}}, "grammar"),
        ({"prompt": "x", "lsp_copilot": {"purpose": "cold"}}, "purpose"),
        ({"prompt": "x", "lsp_copilot": {"purpose": ["warm"]}}, "purpose"),
        ({"prompt": "x", "lsp_copilot": {"deadline_ms": -1}}, "deadline_ms"),
    ],
)
def test_a_bad_field_is_named(body: Any, named: str) -> None:
    with pytest.raises(EngineRejected) as caught:
        wire.parse_request(body)
    assert caught.value.message.startswith(f"{named}:") or caught.value.message.startswith(f"{named} ")


@given(st.text("ab\n", max_size=30), st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=4), st.data())
def test_the_stop_that_is_complete_first_cuts_however_the_text_comes(
    text: str, stops: list[str], data: st.DataObject
) -> None:
    skip = data.draw(st.integers(0, len(text)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    parts = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    stop_filter = StopFilter(stops, skip=skip)
    shown = "".join(stop_filter.feed(part) for part in parts) + stop_filter.flush()
    answer = text[skip:]
    complete = [end for end in range(len(answer) + 1) if any(answer[:end].endswith(stop) for stop in stops)]
    if complete:
        longest = max(len(stop) for stop in stops if answer[: complete[0]].endswith(stop))
        assert shown == answer[: complete[0] - longest]
    else:
        assert shown == answer
    assert stop_filter.stopped == bool(complete)


@given(st.lists(st.sampled_from(["a", " b", "\n", "  ", "é", "日", ")", "_x", "\t"]), max_size=12))
def test_what_healing_drops_and_keeps_is_the_whole_text(pieces: list[str]) -> None:
    # Characters outside ASCII as single bytes, as vocabularies with byte tokens have them.
    tokens = [
        token
        for number, piece in enumerate(pieces)
        for token in (
            [Token(number, piece.encode())] if piece.isascii() else [Token(number, bytes([b])) for b in piece.encode()]
        )
    ]
    kept, left_over = split_last(tokens)
    assert b"".join(token.piece for token in kept) + left_over.encode() == "".join(pieces).encode()
    assert not left_over.endswith("\n")
    if pieces and pieces[-1] != "\n":
        assert left_over


def test_an_unknown_control_token_is_refused() -> None:
    with pytest.raises(EngineRejected, match="is not a control token"):
        render(FULL, lambda text: [Token(1, text.encode())], {"<|other|>": 9})
