"""What a statement does to a schema, said again in statements of our own.

A script that makes a table and fills it can be explained only where the table is there, and nothing generated is
executed. So a checked CREATE, ALTER or DROP is read as a tree, and what it says of names, types and keys is written
anew: no expression, default, check, trigger or option of the script gets through. Knows nothing of databases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from completion.scripts.checks.verdicts import Unchecked

if TYPE_CHECKING:
    from sqlglot import exp


def shape(tree: exp.Expr, dialect: str) -> list[str]:
    """Statements for `dialect` (sqlite or duckdb) that do to the names of a schema what the tree does.

    Raises Unchecked where the tree changes names in a way that is not followed.
    """
    from sqlglot import exp

    if isinstance(tree, exp.Create) and tree.kind in ("TABLE", "VIEW"):
        return _created(tree, dialect)
    if isinstance(tree, exp.Create) and tree.kind == "INDEX":
        return _index(tree)
    if isinstance(tree, exp.Drop) and tree.kind in ("TABLE", "VIEW"):
        tables = tree.args.get("tables") or [tree.this]
        return [f"DROP {tree.kind} IF EXISTS {quoted(table.name)}" for table in tables if isinstance(table, exp.Table)]
    if isinstance(tree, exp.Alter):
        return _altered(tree, dialect)
    if isinstance(tree, exp.Command) and str(tree.this).upper() in ("CREATE", "ALTER", "DROP"):
        words = str(tree.expression).upper().split()
        if "TABLE" in words[:3] or "VIEW" in words[:3]:
            raise Unchecked(f"what {tree.this} does to the tables is not followed")
    return []


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def _created(tree: exp.Create, dialect: str) -> list[str]:
    from sqlglot import exp

    what, query = tree.this, tree.expression
    table = what.this if isinstance(what, exp.Schema) else what
    parts: list[str] = []
    names: list[str] = []
    for part in what.expressions if isinstance(what, exp.Schema) else ():
        if isinstance(part, exp.ColumnDef):
            names.append(part.name)
            parts.append(_column(part, dialect))
        elif isinstance(part, exp.Identifier | exp.Column):
            names.append(part.name)
            parts.append(quoted(part.name))
        else:
            parts += _keys(part)
    if isinstance(query, exp.Query):
        names = names or query.named_selects
        if not names or "*" in names or not all(names):
            raise Unchecked(f"the columns of {table.name} are known to the database alone")
        rows = ", ".join(f"NULL AS {quoted(name)}" for name in names)
        return [f"CREATE {tree.kind} IF NOT EXISTS {quoted(table.name)} AS SELECT {rows}"]
    if not parts:
        raise Unchecked(f"{table.name} is made without naming its columns")
    return [f"CREATE TABLE IF NOT EXISTS {quoted(table.name)} ({', '.join(parts)})"]


def _column(column: exp.ColumnDef, dialect: str) -> str:
    from sqlglot import exp

    kinds = [constraint.kind for constraint in column.constraints if isinstance(constraint, exp.ColumnConstraint)]
    text = quoted(column.name)
    if column.kind is not None:
        written = column.kind.sql(dialect)
        text += f" {written}" if all(character.isalnum() or character in " _(),[]" for character in written) else ""
    if any(isinstance(kind, exp.PrimaryKeyColumnConstraint) for kind in kinds):
        return f"{text} PRIMARY KEY"
    return f"{text} UNIQUE" if any(isinstance(kind, exp.UniqueColumnConstraint) for kind in kinds) else text


def _keys(part: exp.Expression) -> list[str]:
    from sqlglot import exp

    found = []
    for kind, word in ((exp.PrimaryKey, "PRIMARY KEY"), (exp.UniqueColumnConstraint, "UNIQUE")):
        for key in part.find_all(kind):
            holder = key.this if isinstance(key.this, exp.Schema) else key
            names = [quoted(column.name) for column in holder.expressions if column.name]
            if names:
                found.append(f"{word} ({', '.join(names)})")
    return found


def _index(tree: exp.Create) -> list[str]:
    from sqlglot import exp

    index = tree.this
    table = index.args.get("table") if isinstance(index, exp.Index) else None
    if table is None or not tree.args.get("unique"):
        return []
    columns = [quoted(column.name) for column in index.find_all(exp.Column)]
    if not columns or tree.find(exp.Where):
        return []
    return [f"CREATE UNIQUE INDEX IF NOT EXISTS {quoted(index.name)} ON {quoted(table.name)} ({', '.join(columns)})"]


def _altered(tree: exp.Alter, dialect: str) -> list[str]:
    from sqlglot import exp

    begin = f"ALTER TABLE {quoted(tree.this.name)}"
    done: list[str] = []
    for action in tree.args.get("actions") or []:
        if isinstance(action, exp.ColumnDef):
            kind = f" {action.kind.sql(dialect)}" if action.kind is not None else ""
            done.append(f"{begin} ADD COLUMN {quoted(action.name)}{kind}")
        elif isinstance(action, exp.RenameColumn):
            done.append(f"{begin} RENAME COLUMN {quoted(action.this.name)} TO {quoted(action.args['to'].name)}")
        elif isinstance(action, exp.AlterRename):
            done.append(f"{begin} RENAME TO {quoted(action.this.name)}")
        elif isinstance(action, exp.Drop) and action.kind == "COLUMN":
            columns = [action.this] if action.this is not None else list(action.args.get("tables") or [])
            done += [f"{begin} DROP COLUMN {quoted(column.name)}" for column in columns]
    return done
