"""SQL as a grammar: one statement (or several that define things) over the tables of the schema.

Where a schema is given, every table and column is one of its own and stands behind a name it fits; numbers and texts
are those of the request. Without one, names are free and only the shape is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from completion.scripts import schema
from completion.scripts.checks.sql_steps import dialect_of
from completion.scripts.grammar import mentions
from completion.scripts.grammar.notation import Rules, add, choice, literal, words, written
from completion.scripts.grammar.sql_definitions import add_definitions
from completion.scripts.grammar.sql_intents import meant
from completion.scripts.grammar.sql_queries import add_conditions, add_scope, ctes
from completion.scripts.grammar.sql_scopes import Scope, identifier, mentioned, scopes
from completion.scripts.grammar.sql_words import MYSQL, POSTGRES, add_formats, add_values
from completion.scripts.schema import Table
from completion.scripts.types import ScriptRequest

_ALL = ("all", "every", "each", "everything", "everyone", "whole")
_SEVERAL = ("tables", "columns", "fields", "indexes", "indices", "views", "both")
_CHANGES = frozenset({"insert", "update", "delete"})
_MOST_VALUES = 8


def grammar(request: ScriptRequest, opening: str = "") -> str:
    """The grammar of one statement, ended by ";" and perhaps a line break."""
    dialect = dialect_of(request.material)
    rules: Rules = {}
    said = mentions.of(request.request)
    add_values(rules, said, dialect)
    add_formats(rules)
    add(rules, "alias", "[a-z] [0-9]? | [ceh-mp-z] [a-z]")
    wanted = meant(request.request)
    if not wanted:
        return ""
    tables = mentioned(schema.tables(request.material), request.request)
    every = mentions.has(request.request, *_ALL)
    found = scopes(tables, dialect)
    single = [scope for scope in found if len(scope.parts) == 1]
    ways: list[str] = []
    if wanted & {"select", "view", "table"}:
        add(
            rules,
            "query",
            f"SELECT sp {choice([add_scope(rules, scope, dialect, single) for scope in found or (None,)])}",
        )
    if "select" in wanted:
        ways += ["query", *ctes(rules, found, dialect)]
    if wanted & _CHANGES:
        for scope in single or (None,):
            add_conditions(rules, scope, dialect, single)
        changed = [table for table in tables if not table.view]
        changes = _changes(rules, changed, single, dialect, every=every) if tables else _free_changes(every=every)
        ways += [body for name, body in changes if name in wanted]
    if wanted & {"table", "view", "index", "alter"}:
        add_definitions(rules, tables, said, request.request, dialect, wanted)
        # A weak model that may go on says the same again.
        most = 2 if mentions.has(request.request, *_SEVERAL) else 0
        ways.append(f'( made os ";" "\\n"{{1,2}} ){{0,{most}}} ( made | taken ) os')
    add(rules, "root", f'{choice(ways)} os ";" "\\n"?')
    return written(rules)


def _changes(
    rules: Rules, tables: Sequence[Table], single: Sequence[Scope], dialect: str, *, every: bool
) -> list[tuple[str, str]]:
    found = []
    for table in tables:
        scope = next(each for each in single if each.parts[0].table == table and not each.aliased)
        own, name = scope.name, literal(scope.parts[0].written)
        columns = [identifier(column.name, dialect) for column in table.columns]
        column = add(rules, f"column-{own}", words(columns))
        where = f"sp WHERE sp cond-{own}"
        where = f"( {where} )?" if every else where
        returning = (
            f'( sp RETURNING sp ( "*" | {column} ( cm {column} )? ) )?' if dialect in POSTGRES | {"sqlite"} else ""
        )
        assigned = add(rules, f"set-{own}", f'{column} " = " ( value | {column} " "? [-+*/] " "? number | {column} )')
        found.append(("update", f"UPDATE sp {name} sp SET sp {assigned} ( cm {assigned} ){{0,2}} {where} {returning}"))
        found.append(("delete", f"DELETE sp FROM sp {name} {where} {returning}"))
        keys = [identifier(each.name, dialect) for each in table.columns if each.key]
        inserted = f"{_inserted(rules, own, columns)} {_conflict(own, keys, dialect)} {returning}"
        found.append(("insert", f"INSERT sp INTO sp {name} sp {inserted}"))
    return found


def _inserted(rules: Rules, own: str, columns: Sequence[str]) -> str:
    """As many values as columns, and the columns in the order of the table: counted out, since no rule can count."""
    most = min(len(columns), _MOST_VALUES)
    for wanted in range(1, most + 1):
        for start in range(len(columns) - wanted, -1, -1):
            rest = f"cm from-{own}-{start + 1}-{wanted - 1}" if wanted > 1 else ""
            ways = [f"{literal(columns[start])} {rest}"]
            if start + 1 + wanted <= len(columns):
                ways.append(f"from-{own}-{start + 1}-{wanted}")
            rules[f"from-{own}-{start}-{wanted}"] = choice(ways)
    lists = []
    for wanted in range(1, most + 1):
        row = add(rules, f"row-{wanted}", f'"(" os value ( cm value ){{{wanted - 1}}} os ")"')
        lists.append(f'"(" os from-{own}-0-{wanted} os ")" sp VALUES sp {row} ( cm {row} ){{0,9}}')
    return choice(lists)


def _conflict(own: str, keys: Sequence[str], dialect: str) -> str:
    if dialect in MYSQL:
        return f'( sp ON sp DUPLICATE sp KEY sp UPDATE sp column-{own} " = " value )?'
    if dialect not in POSTGRES | {"sqlite"} or len(keys) != 1:
        return ""
    excluded = f'column-{own} " = " ( "excluded." column-{own} | value )'
    return f'( sp ON sp CONFLICT " "? "(" {literal(keys[0])} ")" sp DO sp ( NOTHING | UPDATE sp SET sp {excluded} ( cm {excluded} ){{0,5}} ) )?'


def _free_changes(*, every: bool) -> list[tuple[str, str]]:
    where = "sp WHERE sp cond-free"
    where = f"( {where} )?" if every else where
    rows = []
    for wanted in range(1, _MOST_VALUES + 1):
        row = f'"(" os value ( cm value ){{{wanted - 1}}} os ")"'
        rows.append(f'"(" os name ( cm name ){{{wanted - 1}}} os ")" sp VALUES sp {row} ( cm {row} ){{0,9}}')
    assigned = 'name " = " ( value | name " "? [-+*/] " "? number )'
    return [
        ("insert", f"INSERT sp INTO sp name sp {choice(rows)}"),
        ("update", f"UPDATE sp name sp SET sp {assigned} ( cm {assigned} ){{0,2}} {where}"),
        ("delete", f"DELETE sp FROM sp name {where}"),
    ]
