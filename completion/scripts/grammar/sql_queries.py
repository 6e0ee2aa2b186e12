"""SELECT over a scope as rules: lists, joins, conditions, subqueries, groups, windows, order and limit.

Each function adds the rules of one scope and returns the name of one of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from completion.scripts.grammar.notation import Rules, add, choice, literal, words
from completion.scripts.grammar.sql_scopes import Part, Scope, identifier, joined, keys, qualified, references
from completion.scripts.grammar.sql_words import MYSQL, POSTGRES, STRICT, dates

_FREE = "free"


def add_scope(rules: Rules, scope: Scope | None, dialect: str, inner: Sequence[Scope]) -> str:
    """SELECT over the scope, or over names that nobody knows where it is None; `inner` may stand in its subqueries."""
    own = scope.name if scope else _FREE
    add_conditions(rules, scope, dialect, inner)
    add(rules, f"from-{own}", _from(scope, dialect))
    where = f"( sp WHERE sp cond-{own} )?"
    order = f"( sp ORDER sp BY sp sort-{own} ( cm sort-{own} ){{0,2}} )?"
    plain = f"( DISTINCT sp )? ( star-{own} | item-{own} ) ( cm item-{own} ){{0,9}}"
    ways = [
        f"{plain} sp FROM sp from-{own} {where} {order} limit",
        f"total-{own} ( cm total-{own} ){{0,4}} sp FROM sp from-{own} {where}",
        *_grouped(rules, scope, own, dialect, where),
    ]
    add(rules, "limit", "( sp LIMIT sp whole ( sp OFFSET sp whole )? )?" if dialect not in ("tsql", "oracle") else '""')
    return add(rules, f"query-{own}", choice(ways))


def add_conditions(rules: Rules, scope: Scope | None, dialect: str, inner: Sequence[Scope]) -> str:
    """The rule `cond-…` of a scope, with subqueries over the `inner` scopes, which have none in their turn."""
    own = scope.name if scope else _FREE
    ref = f"ref-{own}"
    if scope is None:
        add(rules, ref, 'name ( "." name )?')
        add(rules, f"star-{own}", '"*" | name ".*"')
    else:
        add(rules, ref, words(references(scope, dialect)))
        add(rules, f"star-{own}", choice(['"*"', *(literal(part.qualifier + ".*") for part in scope.parts)]))
    _expressions(rules, own, dialect)
    compared = '" "? ( "=" | "<>" | "!=" | "<" | "<=" | ">" | ">=" ) " "?'
    like = "( LIKE | ILIKE )" if dialect in POSTGRES else "LIKE"
    simple = [
        f"scalar-{own} {compared} operand-{own}",
        f"{ref} sp IS sp ( NOT sp )? NULL",
        f'{ref} sp ( NOT sp )? IN " "? "(" value ( cm value ){{0,9}} ")"',
        f"{ref} sp ( NOT sp )? {like} sp text",
        f"{ref} sp ( NOT sp )? BETWEEN sp operand-{own} sp AND sp operand-{own}",
    ]
    add(rules, f"pred-{own}", choice(simple))
    flat = f"pred-{own} ( sp ( AND | OR ) sp pred-{own} ){{0,3}}"
    add(rules, f"flat-{own}", flat)
    nested = [
        f"pred-{own}",
        f'"(" os pred-{own} ( sp ( OR | AND ) sp pred-{own} ){{1,3}} os ")"',
        f'NOT sp "(" pred-{own} ")"',
    ]
    nested += _subqueries(rules, scope, own, dialect, inner, compared)
    add(rules, f"test-{own}", choice(nested))
    return add(rules, f"cond-{own}", f"test-{own} ( sp ( AND | OR ) sp test-{own} ){{0,3}}")


def _from(scope: Scope | None, dialect: str) -> str:
    if scope is None:
        table = "name ( sp ( AS sp )? alias )?"
        on = 'name "." name " = " name "." name'
        joined = f'sp ( ( LEFT | INNER ) sp )? JOIN sp {table} sp ( ON sp {on} | USING " "? "(" name ")" )'
        return f"{table} ( {joined} ){{0,3}}"
    tables = [_as(part.written, part.qualifier) for part in scope.parts]
    if len(tables) == 1:
        return tables[0]
    first, second = scope.parts
    on = f"ON sp {_tied(first, second, dialect)}"
    kinds = "( ( LEFT ( sp OUTER )? | INNER ) sp )?"
    return choice(f"{one} sp {kinds} JOIN sp {other} sp {on}" for one, other in (tables, tables[::-1]))


def _tied(first: Part, second: Part, dialect: str) -> str:
    """A body: the condition of a join, on the columns that refer to each other where their names say so."""
    pairs = joined(first, second)
    left, right = first.qualifier, second.qualifier
    if pairs:
        said = [
            (f"{left}.{identifier(one.name, dialect)}", f"{right}.{identifier(other.name, dialect)}")
            for one, other in pairs
        ]
        return words([f"{one} = {other}" for one, other in said] + [f"{other} = {one}" for one, other in said])
    here, there = words(qualified(first, dialect, keys(first))), words(qualified(second, dialect, keys(second)))
    return f'( {here} " = " {there} | {there} " = " {here} )'


def _as(written: str, qualifier: str) -> str:
    table, _, alias = written.rpartition(" ")
    return f"{literal(table)} sp ( AS sp )? {literal(alias)}" if table and alias == qualifier else literal(written)


def _expressions(rules: Rules, own: str, dialect: str) -> None:
    ref = f"ref-{own}"
    functions = ["UPPER", "LOWER", "LENGTH", "TRIM", "ABS"]
    called = [
        f'( {" | ".join(functions)} ) "(" {ref} ")"',
        f'ROUND "(" {ref} cm [0-4] ")"',
        f'( COALESCE | NULLIF ) "(" {ref} cm ( {ref} | value ) ")"',
        dates(ref, dialect),
    ]
    joined = (
        f'CONCAT "(" {ref} ( cm ( {ref} | text ) ){{1,3}} ")"'
        if dialect in MYSQL
        else f'{ref} ( " || " ( {ref} | text ) ){{1,3}}'
    )
    math = f'{ref} " "? [-+*/] " "? ( {ref} | number )'
    case = (
        f"CASE sp ( WHEN sp flat-{own} sp THEN sp ( value | {ref} ) sp ){{1,4}} ( ELSE sp ( value | {ref} ) sp )? END"
    )
    add(rules, f"scalar-{own}", choice((ref, *called, math)))
    add(rules, f"operand-{own}", choice((ref, "value", math)))
    counted = ['"*"', ref, f"DISTINCT sp {ref}"]
    totals = [
        f'COUNT "(" {choice(counted)} ")"',
        f'( SUM | AVG | MIN | MAX ) "(" ( DISTINCT sp )? ( {ref} | {math} | {case} ) ")"',
        f'ROUND "(" ( AVG | SUM ) "(" {ref} ")" cm [0-4] ")"',
    ]
    add(rules, f"agg-{own}", choice(totals))
    over = f'OVER " "? "(" ( PARTITION sp BY sp {ref} ( cm {ref} ){{0,1}} sp )? ORDER sp BY sp {ref} ( sp ( ASC | DESC ) )? ")"'
    windows = [
        f'( ROW_NUMBER | RANK | DENSE_RANK ) "()" sp {over}',
        f'( LAG | LEAD ) "(" {ref} ( cm [1-9] )? ")" sp {over}',
        f'( SUM | AVG | COUNT | MAX | MIN ) "(" {ref} ")" sp ( {over} | OVER " "? "(" PARTITION sp BY sp {ref} ")" )',
    ]
    add(rules, f"item-{own}", f"( {ref} | {choice((*called, joined, math, case, *windows))} ) ( sp AS sp name )?")
    add(rules, f"total-{own}", f"agg-{own} ( sp AS sp name )?")
    nulls = "( sp NULLS sp ( FIRST | LAST ) )?" if dialect in POSTGRES else ""
    add(rules, f"sort-{own}", f"{choice((ref, *called))} ( sp ( ASC | DESC ) )? {nulls}")


def _grouped(rules: Rules, scope: Scope | None, own: str, dialect: str, where: str) -> list[str]:
    having = f'( sp HAVING sp agg-{own} " "? ( "=" | "<" | "<=" | ">" | ">=" ) " "? number )?'
    direction = "( sp ( ASC | DESC ) )?"
    totals = f"( cm total-{own} ){{0,4}}"

    def statement(first: str, by: str, order: str, more: str = "") -> str:
        sort = f"( sp ORDER sp BY sp {order} {direction} ( cm {order} {direction} )? )?"
        group = f"sp GROUP sp BY sp {by}"
        return f"{first} {more or totals} sp FROM sp from-{own} {where} {group} {having} {sort} limit"

    ways = []
    if scope is None or dialect not in STRICT:
        ref = f"ref-{own}"
        mixed = f"( cm ( total-{own} | {ref} ) ){{0,6}}"
        ways.append(
            statement(
                f"( {ref} | agg-{own} ( sp AS sp name )? )",
                f"{ref} ( cm {ref} ){{0,3}}",
                f"( {ref} | agg-{own} )",
                mixed,
            )
        )
    else:
        for number, column in enumerate(references(scope, dialect)):
            # The column that is selected must be grouped; a grammar can only say so column by column.
            one = add(rules, f"one-{own}-{number}", literal(column))
            by = f"( ref-{own} cm )? {one} ( cm ref-{own} ){{0,2}}"
            ways.append(
                f"{one} "
                + add(rules, f"by-{own}-{number}", statement("( sp AS sp name )?", by, f"( {one} | agg-{own} )"))
            )
    # An alias that is sorted by must be the one that was given, so a few are spelled out.
    for alias in ("month", "day", "year"):
        first = f'{dates(f"ref-{own}", dialect)} sp AS sp "{alias}"'
        ways.append(statement(first, f'( "{alias}" | "1" )', f'( "{alias}" | "1" | agg-{own} )'))
    for alias in ("count", "total", "average") if dialect not in STRICT else ():
        first = f'( ref-{own} cm ){{1,3}} agg-{own} sp AS sp "{alias}"'
        ways.append(statement(first, f"ref-{own} ( cm ref-{own} ){{0,3}}", f'( "{alias}" | ref-{own} )'))
    return ways


def _subqueries(
    rules: Rules, scope: Scope | None, own: str, dialect: str, inner: Sequence[Scope], compared: str
) -> list[str]:
    if scope is None:
        query = f"SELECT sp ( ref-{own} | agg-{own} ) sp FROM sp name ( sp WHERE sp flat-{own} )?"
        exists = (
            f'( NOT sp )? EXISTS " "? "(" os SELECT sp "1" sp FROM sp name ( sp alias )? sp WHERE sp flat-{own} os ")"'
        )
        return [
            f'ref-{own} sp ( NOT sp )? IN " "? "(" os {query} os ")"',
            f'ref-{own} {compared} "(" os {query} os ")"',
            exists,
        ]
    found: list[str] = []
    for other in inner:
        part = other.parts[0]
        table = _as(part.written, part.qualifier)
        where = f"( sp WHERE sp flat-{other.name} )?"
        if not other.aliased:
            one = add(rules, f"sub-{other.name}", f"SELECT sp ref-{other.name} sp FROM sp {table} {where}")
            all_of = add(rules, f"sum-{other.name}", f"SELECT sp agg-{other.name} sp FROM sp {table} {where}")
            found += [
                f'ref-{own} sp ( NOT sp )? IN " "? "(" os {one} os ")"',
                f'ref-{own} {compared} "(" os {all_of} os ")"',
            ]
        outer = scope.parts[0]
        if len(scope.parts) == 1 and outer.table != part.table and outer.qualifier != part.qualifier:
            tied = _tied(part, outer, dialect)
            also = f"( sp AND sp pred-{other.name} ){{0,2}}"
            found.append(
                f'( NOT sp )? EXISTS " "? "(" os SELECT sp ( "1" | "*" ) sp FROM sp {table} sp WHERE sp {tied} {also} os ")"'
            )
    return found


def ctes(rules: Rules, scopes: Sequence[Scope], dialect: str) -> list[str]:
    """WITH … SELECT: rows numbered in a window, and totals by a column, both read again under names of their own."""
    found = []
    for scope in scopes:
        if len(scope.parts) > 1 or scope.aliased:
            continue
        own, part = scope.name, scope.parts[0]
        ref = f"ref-{own}"
        for name, number in (("ranked", "rn"), ("numbered", "n")):
            over = f'OVER " "? "(" PARTITION sp BY sp {ref} sp ORDER sp BY sp {ref} ( sp ( ASC | DESC ) )? ")"'
            inner = f'SELECT sp "*" cm ROW_NUMBER "()" sp {over} sp AS sp "{number}" sp FROM sp {literal(part.written)} ( sp WHERE sp flat-{own} )?'
            outer = f'SELECT sp "*" sp FROM sp "{name}" sp WHERE sp "{number}" " " ( "=" | "<=" ) " " whole'
            found.append(f'WITH sp "{name}" sp AS sp "(" os {inner} os ")" sp {outer}')
        for name, value in (("totals", "total"), ("averages", "average")):
            for column in part.table.columns[:8]:
                key = literal(identifier(column.name, dialect))
                inner = f'SELECT sp {key} cm agg-{own} sp AS sp "{value}" sp FROM sp {literal(part.written)} ( sp WHERE sp flat-{own} )? sp GROUP sp BY sp {key}'
                outer = f'SELECT sp ( "*" | {key} cm "{value}" ) sp FROM sp "{name}" ( sp WHERE sp "{value}" " " [<>=] " " ( number | "(" SELECT sp AVG "({value})" sp FROM sp "{name}" ")" ) )? ( sp ORDER sp BY sp ( "{value}" | {key} ) ( sp DESC )? )? limit'
                found.append(f'WITH sp "{name}" sp AS sp "(" os {inner} os ")" sp {outer}')
    return found
