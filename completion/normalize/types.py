"""The nouns of turning messy records into rows: record, rule, cell, result. Immutable values; nothing is done here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RuleKind = Literal["id", "reference", "digits", "decimal", "date", "match", "text", "constant", "omitted"]
"""Where a column's value comes from. `omitted` columns get none of ours: they are null or have a default."""

State = Literal["rows", "nothing", "look"]
"""What became of a record: rows were written, nothing is in it, or a person must look at it."""

How = Literal["id", "exact", "spelling", "typo", "word", "digits", "grouped", "pattern", "text", "constant"]
"""How a value came out of its span: as it is written, by another spelling, by one with slips, by a word of it, …

`grouped` are digits in uneven groups that the table's checks leave one way to take together.
"""

SPAN_KINDS: tuple[RuleKind, ...] = ("match", "date", "reference", "decimal", "digits")
"""Rules whose values stand somewhere in a record's text, in the order in which spans are looked for."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: where it begins in its file (a line from 1), its id, its text."""

    line: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A column's rule. `argument` is a constant, a regular expression, or the reference's code column."""

    kind: RuleKind
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the target; `type` as it is written, in capitals; `longest` characters, 0 for no bound. `checks` are
    SQLite's expressions about this column alone.
    """

    name: str
    type: str
    required: bool = False
    generated: bool = False
    longest: int = 0
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """A value of a column that stands at `start`..`end` of a text. Several `values` are several possibilities."""

    column: str
    start: int
    end: int
    values: tuple[str, ...]
    how: How
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a row and where it comes from; `start` == `end` where it is from no place of the text."""

    column: str
    value: str
    start: int = 0
    end: int = 0
    how: How = "constant"


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a record. `reason` is a sentence, empty where rows were written and nothing is to be said.

    `candidates` are rows that a person may choose from, as text; `words` are those that stood in the way; `model` is
    the name of the model that was asked, "" where none was. `marks` are start, end and column of what was recognised in
    a record that needs a look.
    """

    line: int
    id: str
    state: State
    rows: tuple[Row, ...] = ()
    reason: str = ""
    candidates: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    model: str = ""
    marks: tuple[tuple[int, int, str], ...] = ()
