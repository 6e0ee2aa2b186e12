"""Which value goes into which column, and where it comes from: as it is said, or as names, types and words suggest.

What is suggested is shown before anything is read. Where nothing suggests itself, the person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from completion.errors import InputError
from completion.normalize import fold, reference
from completion.normalize.reference import Reference
from completion.normalize.target import Target
from completion.normalize.types import SPAN_KINDS, Column, Rule, RuleKind

EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
FORMS = (
    "id, text, digits, digits:solid, decimal, date, match:REGEX, constant:VALUE, omitted, reference or reference:COLUMN"
)
_PLAIN: tuple[RuleKind, ...] = ("id", "text", "digits", "decimal", "date", "omitted")
_NUMBERS = ("number", "num", "card", "account", "phone", "номер", "карт", "code", "nr")
_AMOUNTS = ("amount", "price", "sum", "total", "cost", "weight", "quantity", "сумм", "цен")
_TEXTS = ("text", "note", "comment", "raw", "original", "source", "текст")
_DECIMALS = ("DECIMAL", "NUMERIC", "REAL", "FLOAT", "DOUBLE")
_DIGITS_ONLY = re.compile(r"digits?\s+only|only\s+(?:the\s+)?digits|только\s+цифр|одни\s+цифр", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Binding:
    """Rules and reference tables by column; `why` says of each rule where it comes from."""

    rules: Mapping[str, Rule]
    references: Mapping[str, Reference]
    why: Mapping[str, str]


def bind(
    target: Target, *, said: Mapping[str, str], tables: Sequence[Path], instruction: str, id_name: str, distance: int
) -> Binding:
    """A rule for each column of the target. `said` are the person's own, by column; `id_name` is what the input calls
    its ids. Raises `InputError` with the next step.
    """
    rules: dict[str, Rule] = {}
    why: dict[str, str] = {}
    for name, form in said.items():
        column = target.column(name)
        if column is None:
            names = ", ".join(column.name for column in target.columns)
            raise InputError(f"--column {name}: {target.table} has no such column.", advice=f"It has {names}.")
        rules[column.name], why[column.name] = rule_of(column.name, form), "as you said"
    references, free = _references(target, rules, why, tables, distance)

    def take(column: Column, rule: Rule, reason: str) -> None:
        rules[column.name], why[column.name] = rule, reason
        free.remove(column)

    if not any(rule.kind == "id" for rule in rules.values()):
        named = [column for column in free if fold.key(column.name) == fold.key(id_name)]
        ending = [column for column in free if fold.key(column.name).endswith("id")]
        filled = [column for column in named if not column.generated or len(ending) == 1]
        for candidates in (filled, [column for column in ending if not column.generated], ending):
            if len(candidates) == 1:
                take(candidates[0], Rule("id"), "by its name")
                break
    for column in list(free):
        if (found := _suggested(column, taken=[rule.kind for rule in rules.values()])) is not None:
            take(column, found, "by its name or type")
    for column in list(free):
        if column.generated or not column.required:
            take(column, Rule("omitted"), "the database fills it" if column.generated else "it may be null")
    if (
        len(free) == 1
        and _DIGITS_ONLY.search(instruction)
        and not any(rule.kind == "digits" for rule in rules.values())
    ):
        take(free[0], Rule("digits"), "by the instruction")
    if free:
        raise InputError(
            f"{target.table}.{free[0].name}: where shall its values come from?",
            advice=f"Say it: --column {free[0].name}=RULE, where RULE is {FORMS}; or give --reference NAMES.csv with a "
            f"column {free[0].name}.",
        )
    _demand_sense(target, rules)
    return Binding({column.name: rules[column.name] for column in target.columns}, references, why)


def rule_of(column: str, form: str) -> Rule:
    """A rule as a person writes it. Raises `InputError`."""
    kind, _, argument = form.partition(":")
    if kind in _PLAIN and (not argument or (kind, argument) == ("digits", "solid")):
        return Rule(next(plain for plain in _PLAIN if plain == kind), argument)
    if kind == "reference":
        return Rule("reference", argument)
    if kind == "constant":
        return Rule("constant", argument)
    if kind == "match" and argument:
        try:
            re.compile(argument)
        except re.error as error:
            raise InputError(f"--column {column}: {error}.", advice="Correct the regular expression.") from None
        return Rule("match", argument)
    raise InputError(f"--column {column}={form}: there is no such rule.", advice=f"Rules are {FORMS}.")


def described(binding: Binding, column: str) -> str:
    """The rule of a column in a few words."""
    rule = binding.rules[column]
    digits = (
        "digits only, of one unbroken number" if rule.argument else "digits only; blanks, dashes and dots fall away"
    )
    return {
        "id": "the record's id",
        "text": "the record's text, trimmed",
        "digits": f"{digits}, from the record",
        "decimal": "a number, from the record",
        "date": "a date as YYYY-MM-DD, from the record",
        "match": f"what matches {rule.argument}, from the record",
        "constant": f"always {rule.argument!r}",
        "omitted": "not written",
        "reference": _described(binding, column),
    }[rule.kind]


def _described(binding: Binding, column: str) -> str:
    found = binding.references.get(column)
    if found is None:
        return "by a reference table"
    names = sum(map(len, found.spellings.values()))
    return (
        f"by {Path(found.path).name}, {len(found.spellings)} codes with {names} spellings; "
        f"case, ё, blanks and script do not matter, up to {found.distance} slips in a long name"
    )


def _references(
    target: Target, rules: dict[str, Rule], why: dict[str, str], tables: Sequence[Path], distance: int
) -> tuple[dict[str, Reference], list[Column]]:
    """Reference tables by the column that they are for, and the columns that have no rule yet."""
    references: dict[str, Reference] = {}
    free = [column for column in target.columns if column.name not in rules]
    wanted = [column for column in target.columns if rules.get(column.name, Rule("id")).kind == "reference"]
    for path in tables:
        head, _ = reference.table(path)
        heads = {fold.key(name): name for name in head}
        own = [column for column in wanted if fold.key(rules[column.name].argument or column.name) in heads]
        own = [column for column in own if column.name not in references]
        named = [column for column in free if fold.key(column.name) in heads]
        if own:
            column, code = own[0], heads[fold.key(rules[own[0].name].argument or own[0].name)]
        elif named:
            column, code = named[0], heads[fold.key(named[0].name)]
            rules[column.name], why[column.name] = Rule("reference", code), f"its name is a column of {path.name}"
            free.remove(column)
        else:
            raise InputError(
                f"{path}: none of its columns ({', '.join(head)}) is one of {target.table}.",
                advice="Say which is for which: --column COLUMN=reference:HEAD",
            )
        references[column.name] = reference.read(path, code, distance)
    if lost := [column.name for column in wanted if column.name not in references]:
        raise InputError(f"--column {lost[0]}=reference: no table has its codes.", advice="Give --reference NAMES.csv.")
    return references, free


def _suggested(column: Column, *, taken: Sequence[RuleKind]) -> Rule | None:
    """What a column's name and type suggest; not what another column has already."""
    name = column.name.casefold()

    def has(words: Sequence[str]) -> bool:
        return any(word in name for word in words)

    if column.generated:
        return None
    suggested: list[Rule] = []
    if "mail" in name:
        suggested.append(Rule("match", EMAIL))
    if column.type.startswith("DATE") or name.endswith("date") or "дата" in name:
        suggested.append(Rule("date"))
    if column.type.startswith(_DECIMALS) or has(_AMOUNTS):
        suggested.append(Rule("decimal"))
    if has(_NUMBERS):
        suggested.append(Rule("digits"))
    if has(_TEXTS):
        suggested.append(Rule("text"))
    return next((rule for rule in suggested if rule.kind not in taken), None)


def _demand_sense(target: Target, rules: Mapping[str, Rule]) -> None:
    kinds = [rule.kind for rule in rules.values()]
    if kinds.count("digits") + kinds.count("decimal") > 1:
        names = ", ".join(name for name, rule in rules.items() if rule.kind in ("digits", "decimal"))
        raise InputError(
            f"{names} would take the same numbers of a record.", advice="Tell them apart: --column NAME=match:REGEX"
        )
    if not any(kind in SPAN_KINDS or kind == "text" for kind in kinds):
        raise InputError(
            f"No column of {target.table} takes anything from the records' texts.",
            advice=f"Say what it takes: --column NAME=RULE, where RULE is {FORMS}.",
        )
