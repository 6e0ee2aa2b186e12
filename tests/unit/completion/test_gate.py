"""The gate: what it is told of an answer, that it is surer where it should be, and when it shows something."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completion import gate
from completion.copy import Guess
from completion.gate import Features
from completion.postprocess.draft import Draft
from completion.types import Mode, Trigger

FAMILIES = ("code", "script", "data")
LANGUAGES = {"code": "python", "script": "shellscript", "data": "yaml"}


def described(
    text: str, raw: str = "", prefix: str = "", suffix: str = "", logprobs: tuple[float, ...] = (-0.1,), **given: object
) -> Features:
    draft = Draft(text, prefix, suffix, Mode.LINE, language=str(given.pop("language", "python")))
    parts: dict[str, object] = {"generated": raw or text, "guess": None} | given
    return gate.describe(draft, "engine", raw or text, logprobs=logprobs, **parts)  # type: ignore[arg-type]


def test_what_the_gate_is_told() -> None:
    found = described(
        "b)\n",
        raw="b) + c\nd",
        prefix="x = f(a, b)\ny = f(a, ",
        suffix="\nz = 1",
        logprobs=(-0.1, -0.4, -0.1),
        guess=Guess("b)", 8, 0.75),
        unknown_names=2,
    )
    assert (found.length, found.column, found.block, found.family) == (2, len("y = f(a,"), False, "code")
    assert (found.logprob, found.mean, found.least) == pytest.approx((-0.6, -0.2, -0.4))
    assert found.kept == pytest.approx(2 / 6)
    assert found.agrees is False
    assert (found.matched, found.agreement, found.unknown_names) == (8, 0.75, 2)
    assert not found.nearby


@pytest.mark.parametrize("suffix", ["\n\ny = f(a, b)\n", "\n"])
def test_a_line_that_stands_near_already(suffix: str) -> None:
    assert described("f(a, b)", prefix="y = ", suffix=suffix).nearby is (suffix != "\n")


@pytest.mark.parametrize(
    ("generated", "guess", "agrees"),
    [
        ("b)", Guess("b)", 5, 1.0), True),
        ("b)\nmore", Guess("b)", 5, 1.0), True),
        ("c)", Guess("b)", 5, 1.0), False),
        ("c)", None, None),
        ("", Guess("b)", 5, 1.0), None),
    ],
)
def test_model_and_copy_agree_or_not(generated: str, guess: Guess | None, agrees: bool | None) -> None:
    assert described("b)", generated=generated, guess=guess).agrees is agrees


def test_an_engine_without_probabilities_is_as_sure_as_not() -> None:
    assert described("b", logprobs=()).logprob == pytest.approx(math.log(gate.UNKNOWN))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_that_is_sure_is_believed(family: str) -> None:
    # Stronger models than the one that the weights were fitted with give such probabilities.
    sure = described("return value + 1", prefix="    ", logprobs=(-0.01,) * 6, language=LANGUAGES[family])
    assert gate.confidence(sure) > 0.6
    assert gate.shows(gate.confidence(sure), Trigger.AUTOMATIC)
    assert gate.confidence(replace(sure, block=True)) > 0.4


def test_what_is_cut_before_the_rest_of_the_line_is_no_bad_sign() -> None:
    inside = described("value", raw="value);", prefix="f(", suffix=");\n", logprobs=(-0.1,) * 4)
    behind = described("value", raw="value);", prefix="f(", suffix="\n", logprobs=(-0.1,) * 4)
    assert inside.rest
    assert not behind.rest
    assert gate.confidence(inside) > 1.2 * gate.confidence(behind)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_that_guesses_is_not(family: str) -> None:
    unsure = described("return value + 1", prefix="    ", logprobs=(-2.0,) * 6, language=LANGUAGES[family])
    assert gate.confidence(unsure) < 0.05
    assert not gate.shows(gate.confidence(unsure), Trigger.AUTOMATIC)


def test_what_lowers_confidence() -> None:
    line = described("value)", prefix="f(", logprobs=(-0.1, -0.2))
    sure = gate.confidence(line)
    assert gate.confidence(replace(line, kept=0.5)) < sure
    assert gate.confidence(replace(line, unknown_names=1)) < sure
    assert gate.confidence(replace(line, logprob=-2.0, mean=-1.0, least=-1.5)) < sure
    assert gate.confidence(replace(line, agrees=False, matched=40, agreement=1.0)) < sure
    assert gate.confidence(replace(line, agrees=True, matched=40, agreement=1.0)) > sure


def test_a_copied_line() -> None:
    line = replace(described("value)", prefix="f("), source="copy", matched=20, agreement=1.0)
    sure = gate.confidence(line)
    assert gate.confidence(replace(line, matched=80)) > sure
    assert gate.confidence(replace(line, agreement=0.5)) < sure
    assert gate.confidence(replace(line, agrees=True, logprob=-0.2)) > sure
    # What a sure model says instead counts against it.
    other = replace(line, agrees=False)
    assert gate.confidence(replace(other, logprob=-0.05)) < gate.confidence(replace(other, logprob=-8.0))


def test_what_was_asked_for_is_shown_however_unsure() -> None:
    least = gate.weights().threshold
    assert gate.shows(0.0, Trigger.INVOKED)
    for trigger in (Trigger.AUTOMATIC, Trigger.AHEAD):
        assert gate.shows(least, trigger)
        assert not gate.shows(least - 0.001, trigger)
    assert 0 < least < 0.5


def test_the_weights_are_of_terms_that_there_are() -> None:
    tables = tomllib.loads(gate.FILE.read_text("utf-8"))
    line = described("value)")
    for source in ("engine", "copy"):
        known = set(gate.terms(replace(line, source=source)))  # type: ignore[arg-type]
        assert set(tables[source]) <= known
        assert "bias" in tables[source]


FEATURES = st.builds(
    Features,
    source=st.sampled_from(("engine", "copy")),
    block=st.booleans(),
    family=st.sampled_from(FAMILIES),
    length=st.integers(0, 10_000),
    column=st.integers(0, 10_000),
    kept=st.floats(0, 1),
    nearby=st.booleans(),
    logprob=st.floats(-1e9, 0),
    mean=st.floats(-1e9, 0),
    least=st.floats(-1e9, 0),
    agrees=st.sampled_from((None, True, False)),
    matched=st.integers(0, 400),
    agreement=st.floats(0, 1),
    unknown_names=st.integers(0, 1000),
)


@given(FEATURES)
def test_any_features_give_a_probability(features: Features) -> None:
    assert 0 < gate.confidence(features) < 1


def test_the_file_says_when_and_how_it_was_made() -> None:
    head = Path(gate.FILE).read_text("utf-8").split("\nthreshold", 1)[0]
    assert "training.calibrate" in head
    assert "20" in head
