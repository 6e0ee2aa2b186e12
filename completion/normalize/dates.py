"""Dates as people type them, as ISO 8601. A date whose day and month cannot be told apart is none."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

# With dots the day comes first everywhere; with a slash it depends on the country.
_DATE = re.compile(
    r"(?<!\d)(?<!\d[-./])(?:(?P<year>(?:19|20)\d\d)(?P<a>[-./])(?P<month>\d{1,2})(?P=a)(?P<day>\d{1,2})"
    r"|(?P<one>\d{1,2})(?P<b>[-./])(?P<two>\d{1,2})(?P=b)(?P<last>(?:19|20)\d\d))(?!\d)(?![-./]\d)"
)


def find(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and ISO form of each date; "" for one that may be read in two ways."""
    for match in _DATE.finditer(text):
        if match["year"]:
            values = {_day(match["year"], match["month"], match["day"])}
        else:
            values = {_day(match["last"], match["two"], match["one"])}
            if match["b"] != ".":
                values.add(_day(match["last"], match["one"], match["two"]))
        values.discard("")
        if values:
            yield match.start(), match.end(), values.pop() if len(values) == 1 else ""


def _day(year: str, month: str, day: str) -> str:
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
