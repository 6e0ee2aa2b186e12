"""How far a run is, said in one line."""

from __future__ import annotations

import io

from completion.normalize.run import Counts
from completion.normalize.types import Record, Result
from lsp_server.cli import normalize_show


def test_progress_says_how_much_is_left() -> None:
    now = [0.0]
    stream = io.StringIO()
    with normalize_show.Progress(10_000, 100, stream, lambda: now[0]) as progress:
        progress.take(Counts(100, 90, 80, 10, 10))
        assert stream.getvalue() == ""
        now[0] = 2.0
        progress.take(Counts(300, 250, 280, 10, 1))
        assert stream.getvalue() == "300 of 10,000 records (3 %), 250 rows, 1 needs a look, 1 min 37 s left\n"
        now[0] = 4.0
        progress.take(Counts(301, 251, 281, 10, 1))
    assert stream.getvalue().count("\n") == 1


def test_words_that_stand_in_the_way() -> None:
    record = Record(1, "1", "")
    look = Result(1, "1", "look", words=("Wings", "12ab"))
    pairs = [
        (record, look),
        (record, Result(2, "2", "look", words=("wings", "once"))),
        (record, Result(3, "3", "rows")),
    ]
    (line,) = normalize_show.in_the_way(pairs)
    assert line.startswith("words that nothing is known of: wings (2). Add names to the reference table")
    assert normalize_show.in_the_way(pairs[:1]) == []
