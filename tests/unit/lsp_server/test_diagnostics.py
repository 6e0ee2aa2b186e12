"""What other tools say of a document: bounded, and near the cursor."""

from __future__ import annotations

import pytest

from completion.types import Diagnostic
from lsp_server import diagnostics
from lsp_server.diagnostics import LONGEST, MOST_KEPT, bounded, near, read


def test_they_are_sorted_and_bounded() -> None:
    found = bounded([(9, "late"), (1, "x" * 1000), (1, " "), (-1, "before the text"), (9, "late")])
    assert found == (Diagnostic(1, "x" * LONGEST), Diagnostic(9, "late"))
    assert len(bounded((line, "m") for line in range(2 * MOST_KEPT))) == MOST_KEPT


def test_the_nearest_are_taken_in_the_order_of_lines() -> None:
    found = bounded((line, "m") for line in range(100))
    assert [each.line for each in near(found, 50)] == [46, 47, 48, 49, 50, 51, 52, 53]
    assert near(found, 119) == (Diagnostic(99, "m"),)
    assert near(found, 120) == ()
    assert near((), 0) == ()


def test_our_own_notification_is_read() -> None:
    raw = {"uri": "file:///a.py", "diagnostics": [{"line": 3, "message": "no such name", "code": 7}]}
    assert read(raw) == ("file:///a.py", (Diagnostic(3, "no such name"),))
    assert read({"uri": "a", "diagnostics": []}) == ("a", ())
    many = [{"line": number, "message": "m"} for number in range(100_000)]
    assert len(read({"uri": "a", "diagnostics": many})[1]) == MOST_KEPT


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (None, "uri"),
        ([], "uri"),
        ({"uri": 1, "diagnostics": []}, "uri"),
        ({"uri": "a"}, "diagnostics"),
        ({"uri": "a", "diagnostics": {}}, "diagnostics"),
        ({"uri": "a", "diagnostics": [3]}, "diagnostics.0.line"),
        (
            {"uri": "a", "diagnostics": [{"line": 1, "message": "m"}, {"line": "1", "message": "m"}]},
            "diagnostics.1.line",
        ),
        ({"uri": "a", "diagnostics": [{"line": True, "message": "m"}]}, "diagnostics.0.line"),
        ({"uri": "a", "diagnostics": [{"line": -1, "message": "m"}]}, "diagnostics.0.line"),
        ({"uri": "a", "diagnostics": [{"line": 1, "message": None}]}, "diagnostics.0.message"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(raw: object, key: str) -> None:
    with pytest.raises(ValueError, match=rf"^{key}: "):
        diagnostics.read(raw)
