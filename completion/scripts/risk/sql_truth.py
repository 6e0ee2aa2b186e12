"""Whether a condition holds for every row, as far as that can be seen without any row."""

from __future__ import annotations

import operator

from sqlglot import exp

_COMPARES = {
    exp.EQ: operator.eq,
    exp.NullSafeEQ: operator.eq,
    exp.NEQ: operator.ne,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
}
_REFLEXIVE = (exp.EQ, exp.NullSafeEQ, exp.GTE, exp.LTE)


def always(node: exp.Expr | None) -> bool | None:
    """True where the condition always holds, False where it never does, None where that depends.

    A column equals itself here, although NULL does not: that is how such conditions are meant.
    """
    match node:
        case exp.Paren():
            return always(node.this)
        case exp.Boolean():
            return bool(node.this)
        case exp.Not():
            inner = always(node.this)
            return None if inner is None else not inner
        case exp.And():
            # A chain of thousands is flat here, where going down it would be too deep.
            each = {always(part) for part in node.flatten()}
            return False if False in each else True if each == {True} else None
        case exp.Or():
            each = {always(part) for part in node.flatten()}
            return True if True in each else False if each == {False} else None
        case exp.Literal() | exp.Neg():
            known = _constant(node)
            return None if known is None else _nonzero(known)
        case exp.Between():
            return _between(node)
        case exp.In():
            return _among(node)
        case exp.Like() | exp.ILike():
            pattern = node.expression
            everything = isinstance(pattern, exp.Literal) and bool(pattern.this) and not str(pattern.this).strip("%")
            return True if everything or node.this == pattern else None
        case exp.Is():
            return _is(node)
        case exp.Exists() | exp.Subquery():
            select = node.find(exp.Select)
            return True if select is not None and not any(map(select.args.get, ("from_", "from", "where"))) else None
        case exp.Binary():
            return _compared(node)
    return None


def _compared(node: exp.Binary) -> bool | None:
    compare = _COMPARES.get(type(node))
    if compare is None:
        return None
    left, right = _constant(node.this), _constant(node.expression)
    if left is not None and right is not None and type(left) is type(right):
        return bool(compare(left, right))
    if isinstance(node, _REFLEXIVE) and node.this == node.expression:
        return True
    return None


def _between(node: exp.Between) -> bool | None:
    value, low, high = (_constant(node.args.get(key)) for key in ("this", "low", "high"))
    if isinstance(value, float) and isinstance(low, float) and isinstance(high, float):
        return low <= value <= high
    return None


def _among(node: exp.In) -> bool | None:
    choices = node.args.get("expressions") or []
    if any(choice == node.this for choice in choices):
        return True
    value = _constant(node.this)
    constants = [_constant(choice) for choice in choices]
    return False if value is not None and constants and None not in constants else None


def _is(node: exp.Is) -> bool | None:
    left, right = node.this, node.expression
    if isinstance(right, exp.Null):
        return True if isinstance(left, exp.Null) else False if _constant(left) is not None else None
    if isinstance(right, exp.Boolean):
        known = always(left)
        return None if known is None else known is bool(right.this)
    return None


def _constant(node: exp.Expr | None) -> float | str | bool | None:
    match node:
        case exp.Paren():
            return _constant(node.this)
        case exp.Boolean():
            return bool(node.this)
        case exp.Neg():
            inner = _constant(node.this)
            return -inner if isinstance(inner, float) else None
        case exp.Literal():
            return str(node.this) if node.is_string else _number(str(node.this))
        case exp.Add() | exp.Sub() | exp.Mul():
            left, right = _constant(node.this), _constant(node.expression)
            if isinstance(left, float) and isinstance(right, float):
                kinds = {exp.Add: operator.add, exp.Sub: operator.sub, exp.Mul: operator.mul}
                return float(kinds[type(node)](left, right))
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _nonzero(value: float | str | bool) -> bool:
    if isinstance(value, str):
        return bool(_number(value))
    return bool(value)
