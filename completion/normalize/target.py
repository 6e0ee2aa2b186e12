"""The table that rows go into, from its DDL: columns, types, what else SQLite needs to hold rows to it.

sqlglot reads the dialect; what comes out is SQLite's. Nothing is executed here.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from completion.errors import InputError
from completion.normalize.types import Column

if TYPE_CHECKING:
    from sqlglot import exp

LONGEST = 1 << 20
_AUTOMATIC = ("SERIAL", "BIGSERIAL", "SMALLSERIAL")


@dataclass(frozen=True, slots=True)
class Target:
    """A table with its name as it is written in its own dialect.

    `load` are SQLite's statements that make it and what it refers to; `unchecked` says what of the DDL SQLite does not
    check. `quoted` are names as the dialect writes them, by name.
    """

    table: str
    columns: tuple[Column, ...]
    load: tuple[str, ...]
    dialect: str
    sqlite_table: str
    quoted: dict[str, str]
    unchecked: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column of that name, in any case."""
        return next((column for column in self.columns if column.name.casefold() == name.casefold()), None)


def read(text: str, path: str, *, dialect: str = "sqlite", table: str = "") -> Target:
    """The target of a DDL file. `table` names it where the file makes several. Raises `InputError`."""
    from sqlglot import exp

    if len(text) > LONGEST:
        raise InputError(f"{path}: more than {LONGEST:,} characters.", advice="Give the DDL of this table alone.")
    trees = _parsed(text, path, dialect)
    made = [tree for tree in trees if isinstance(tree, exp.Create) and tree.kind == "TABLE"]
    other = [tree for tree in trees if not _is_harmless(tree)]
    if other:
        raise InputError(
            f"{path}: {other[0].sql(dialect)[:60]!r} is no CREATE TABLE.",
            advice="The file may make tables and indexes, and fill with VALUES what the table refers to.",
        )
    chosen = [tree for tree in made if not table or _name(tree).casefold() == table.casefold()]
    if len(chosen) != 1:
        names = ", ".join(map(_name, made)) or "none"
        raise InputError(
            f"{path}: {'which table' if chosen else 'no such table'}? It makes {names}.", advice="Name it: --into TABLE"
        )
    tree = chosen[0]
    if not isinstance(tree.this, exp.Schema):
        raise InputError(f"{path}: {_name(tree)} lists no columns.", advice="Give CREATE TABLE name (column type, …).")
    columns = tuple(_column(part, tree, dialect) for part in tree.this.expressions if isinstance(part, exp.ColumnDef))
    load, unchecked = _load(trees, tree, dialect)
    quoted = {part.name: part.this.sql(dialect) for part in tree.this.expressions if isinstance(part, exp.ColumnDef)}
    sqlite_table = exp.to_identifier(_name(tree), quoted=True).sql("sqlite")
    return Target(tree.this.this.sql(dialect), columns, load, dialect, sqlite_table, quoted, unchecked)


def _parsed(text: str, path: str, dialect: str) -> list[exp.Expr]:
    import sqlglot
    from sqlglot import errors

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        trees = [tree for tree in sqlglot.parse(text.replace("\0", "\ufffd"), read=dialect) if tree is not None]
    except errors.SqlglotError as error:
        found = getattr(error, "errors", None) or [{}]
        place = f", line {found[0]['line']}" if found[0].get("line") else ""
        said = str(found[0].get("description") or error).split("\n", 1)[0].rstrip(".")
        raise InputError(
            f"{path}{place}: {said}.", advice="Correct the DDL, or name its dialect with --dialect."
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: {str(error) or 'this cannot be read'}.", advice="Correct the DDL.") from None
    if not trees:
        raise InputError(f"{path}: it makes no table.", advice="It should say CREATE TABLE.")
    return trees


def _is_harmless(tree: exp.Expr) -> bool:
    from sqlglot import exp

    if isinstance(tree, exp.Create):
        plain = tree.kind in ("TABLE", "INDEX") and not isinstance(tree.expression, exp.Query)
        return plain and not tree.find(exp.Subquery)
    return (isinstance(tree, exp.Insert) and isinstance(tree.expression, exp.Values)) or isinstance(tree, exp.Semicolon)


def _name(tree: exp.Expr) -> str:
    from sqlglot import exp

    table = tree.find(exp.Table)
    return table.name if table is not None else ""


def _column(part: exp.ColumnDef, tree: exp.Create, dialect: str) -> Column:
    from sqlglot import exp

    kinds = {type(constraint.kind): constraint.kind for constraint in part.constraints}
    type_text = part.kind.sql(dialect).upper() if part.kind is not None else ""
    keys = [
        key.name.casefold()
        for found in tree.find_all(exp.PrimaryKey)
        for key in found.expressions
        if hasattr(key, "name")
    ]
    key = exp.PrimaryKeyColumnConstraint in kinds or part.name.casefold() in keys
    null = kinds.get(exp.NotNullColumnConstraint)
    required = key or (null is not None and not null.args.get("allow_null"))
    automatic = (
        any(kind in kinds for kind in (exp.DefaultColumnConstraint, exp.AutoIncrementColumnConstraint))
        or any(kind in kinds for kind in (exp.GeneratedAsIdentityColumnConstraint, exp.ComputedColumnConstraint))
        or type_text in _AUTOMATIC
        or (exp.PrimaryKeyColumnConstraint in kinds and type_text in ("INT", "INTEGER"))
    )
    length = re.search(r"CHAR\w*\s*\((\d+)\)", type_text)
    checks = tuple(
        check.this.sql("sqlite")
        for check in tree.find_all(exp.CheckColumnConstraint)
        if {name.name.casefold() for name in check.find_all(exp.Column)} == {part.name.casefold()}
    )
    return Column(part.name, type_text, required, automatic, int(length.group(1)) if length else 0, checks)


def _load(trees: list[exp.Expr], target: exp.Create, dialect: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The statements for SQLite, and what they leave out. A foreign key to a table without rows checks nothing."""
    from sqlglot import exp

    filled = {_name(tree).casefold() for tree in trees if isinstance(tree, exp.Insert)}
    unchecked: list[str] = []
    for key in list(target.find_all(exp.ForeignKey)) + list(target.find_all(exp.Reference)):
        referred = _name(key)
        if referred.casefold() in filled or (isinstance(key, exp.Reference) and isinstance(key.parent, exp.ForeignKey)):
            continue
        unchecked.append(f"the foreign key to {referred}, whose rows are not in the file")
    unchecked = list(dict.fromkeys(unchecked))
    statements = []
    for tree in trees:
        if isinstance(tree, exp.Insert) and _name(tree).casefold() == _name(target).casefold():
            continue
        copied = tree.copy()
        for table in copied.find_all(exp.Table):
            table.set("db", None)
            table.set("catalog", None)
        if isinstance(copied, exp.Create) and copied.kind == "TABLE":
            copied.set("properties", None)
        statements.append(copied.sql("sqlite"))
    return tuple(statements), tuple(unchecked)
