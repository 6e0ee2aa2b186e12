"""What a value may be by the type of its column: nothing of it is lost when it is loaded."""

from __future__ import annotations

import pytest

from completion.normalize import target
from completion.normalize.load import Holds


@pytest.mark.parametrize(
    ("kind", "value", "held"),
    [
        ("NUMERIC(12)", "77123", True),
        ("NUMERIC(12)", "0077123", False),
        ("DOUBLE", "0077123", False),
        ("DOUBLE", "0.5", True),
        ("DOUBLE", "12345678901234567890", False),
        ("NUMERIC(5,2)", "123.45", True),
        ("NUMERIC(5,2)", "1234.5", False),
        ("NUMERIC(5,2)", "1.234", False),
        ("VARCHAR(9)", "0077123", True),
    ],
)
def test_no_digit_is_lost(kind: str, value: str, held: bool) -> None:
    into = target.read(f"CREATE TABLE t (id TEXT, x {kind})", "t.sql")
    assert Holds(into)("x", value) is held
