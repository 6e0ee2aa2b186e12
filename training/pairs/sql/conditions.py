"""Conditions on rows: words before and after a table's name, and the same as SQL."""

from __future__ import annotations

from dataclasses import dataclass

from training.pairs.grammar import Plan
from training.pairs.names import plural, spaced
from training.pairs.sql.schema import Column, Ground, Table, Values, column, table_name

NUMBERS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 25, 30, 40, 50, 75, 100, 120, 150, 200, 250, 500, 750, 1000, 5000)
DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 28, 30, 45, 60, 90, 120, 180, 365)
COMPARISONS = ((">", "<more>"), (">=", "<least>"), ("<", "<less>"), ("<=", "<most>"))


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table: the sentence about them, and the WHERE clause ('' for all rows)."""

    said: str
    where: str

    @property
    def condition(self) -> str:
        return self.where.removeprefix("WHERE ")


@dataclass(frozen=True, slots=True)
class Condition:
    before: str
    after: str
    code: str


def rows(
    ground: Ground, values: Values, table: Table, least: int = 0, most: int = 2, alias: str = "", name: str = ""
) -> Rows:
    """Rows of a table under `least` to `most` conditions; `name` where the table already has a placeholder."""
    name = name or table_name(ground, values, table)
    found: list[Condition] = []
    used: set[str] = set()
    for _ in range(ground.draw.number(least, most)):
        free = [one for one in table.of("text", "number", "moment", "flag") if one.name not in used]
        if free:
            chosen = ground.draw.one(free)
            used.add(chosen.name)
            found.append(_condition(ground, values, chosen, alias, adjective=not any(one.before for one in found)))
    before = "".join(one.before for one in found)
    after = " and ".join(one.after for one in found if one.after)
    where = "WHERE " + " AND ".join(one.code for one in found) if found else ""
    return Rows(f"{before}{name} {after}".strip(), where)


def text_value(ground: Ground, found: Column) -> str:
    """A word that may stand in a column."""
    if found.values:
        return ground.draw.one(found.values)
    if "email" in found.name:
        return f"{ground.draw.one(('info', 'sales', 'jobs', 'office'))}@{ground.draw.noun().replace('_', '-')}.example"
    return ground.draw.noun().replace("_", ground.draw.one(("-", " ")))


def days_ago(ground: Ground, placeholder: str, unit: str = "days") -> str:
    """The moment some days before now."""
    if ground.dialect == "postgres":
        return f"⟦NOW()¦CURRENT_DATE⟧ - INTERVAL '{placeholder} {unit}'"
    return f"date('now', '-{placeholder} {unit}')"


def _condition(ground: Ground, values: Values, found: Column, alias: str, *, adjective: bool) -> Condition:
    draw = ground.draw
    silent = values.hold(found.name, "")  # where the sentence has a word for the column and its value in one
    if found.kind == "flag":
        return _flag(ground, found, f"{alias}.{silent}" if alias else silent, adjective=adjective)
    word = values.hold(text_value(ground, found)) if found.kind == "text" else ""
    unsaid = f"{alias}.{silent} = '{word}'" if alias else f"{silent} = '{word}'"
    if adjective and found.name.endswith(("status", "state")) and draw.chance(0.45):
        return Condition(f"{word} ", "", unsaid)
    if found.name in ("city", "home_city", "branch_city", "country", "location") and draw.chance(0.4):
        return Condition("", f"[in|from] {word}", unsaid)
    name = column(ground, values, found)
    path = f"{alias}.{name}" if alias else name
    if found.kind == "moment":
        days = values.hold(draw.one(DAYS))
        if draw.chance(0.75):
            said = f"{name} [in the <past> {days} days|within the <past> {days} days|less than {days} days ago]"
            return Condition("", said, f"{path} >= {days_ago(ground, days)}")
        return Condition("", f"{name} [more than|over] {days} days ago", f"{path} < {days_ago(ground, days)}")
    if found.kind == "number":
        sign, words = draw.one(COMPARISONS)
        limit = values.hold(draw.one(NUMBERS))
        said = f"[with {words} {limit} {name}|with {name} {words} {limit}|whose {name} is {words} {limit}|with {name} {sign} {limit}]"
        return Condition("", said, f"{path} {sign} {limit}")
    if draw.chance(0.12):
        return Condition("", f"whose {name} is not {word}", f"{path} ⟦<>¦!=⟧ '{word}'")
    return Condition("", f"[with {name} {word}|whose {name} is {word}|where {name} is {word}|where {name} = '{word}'|~of {name} {word}]", f"{path} = '{word}'")  # fmt: skip


def _flag(ground: Ground, found: Column, path: str, *, adjective: bool) -> Condition:
    word = found.name.removeprefix("is_")
    yes = ground.draw.chance(0.7)
    plain, number = path if yes else f"NOT {path}", f"{path} = {int(yes)}"
    code = plain if ground.dialect == "postgres" else number
    if adjective:
        return Condition(f"{word} " if yes else f"[not {word}|non-{word}] ", "", code)
    return Condition("", f"that are {word}" if yes else f"that are not {word}", code)


def chosen(ground: Ground, values: Values, table: Table, least: int = 1, most: int = 3) -> tuple[str, list[str]]:
    """Columns to show: how they are said, and their placeholders."""
    found = ground.draw.some(table.of("key", "text", "number", "moment"), least, most)
    names = [column(ground, values, one) for one in found]
    return listed(names), names


def listed(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def singular(table: Table) -> str:
    return spaced(table.noun)


def many(table: Table) -> str:
    return spaced(plural(table.noun))


def sql(ground: Ground, values: Values, says: tuple[str, ...], *codes: str) -> Plan:
    """A plan of one or more statements, each ended with `;`."""
    return Plan(
        says, tuple(code if code.endswith(";") else code + ";" for code in codes), values, "sql", "", ground.dialect
    )
