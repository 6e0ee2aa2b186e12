"""The benchmark of messy records: its truth comes from the seed alone, and its figures can see what is wrong."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from benchmarks import normalize
from benchmarks.normalize_records import made
from completion.normalize.types import Cell, Result


async def played(count: int, seed: int, folder: Path) -> list[Result]:
    _, found, _ = await normalize._played(made(count, seed), Namespace(without_model=True), folder)
    return found


def test_the_seed_makes_the_records() -> None:
    assert made(50, 9) == made(50, 9)
    assert made(50, 9) != made(50, 10)
    assert {one.kind for one in made(300, 1)} >= {"nothing", "disturbed", "two of one", "unknown airline", "manner 2"}


async def test_what_is_accepted(tmp_path: Path) -> None:
    figures = normalize.judged(made(300, 1), await played(300, 1, tmp_path))
    assert (figures["invented"], figures["unaccounted"]) == (0, 0)
    assert figures["precision"] >= 0.99  # type: ignore[operator]
    assert figures["recall"] >= 0.7  # type: ignore[operator]


async def test_figures_see_what_is_wrong(tmp_path: Path) -> None:
    truth = made(40, 4)
    found = await played(40, 4, tmp_path)
    place = next(place for place, result in enumerate(found) if result.rows)
    row = tuple(Cell(c.column, "99999999" if c.column == "CardNumber" else c.value) for c in found[place].rows[0])
    forged = [*found]
    forged[place] = replace(found[place], rows=(row,))
    assert normalize.judged(truth, forged)["invented"] == 1
    assert normalize.judged(truth, forged)["precision"] < 1  # type: ignore[operator]
    assert normalize.judged(truth, [*found[:3], *found[4:]])["unaccounted"] == 1
    assert normalize.judged(truth, [*found, found[0]])["unaccounted"] == 1
