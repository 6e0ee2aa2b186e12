"""What JSON-RPC and LSP messages are made of: ids, error codes, typed parameters, words for logs and answers."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, TypeGuard

import cattrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import default_converter

log = logging.getLogger(__name__)

MessageId = int | str

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
REQUEST_CANCELLED = -32800

OWN_NOTIFICATIONS = "$/lspCopilot/"
"""How our own methods begin; all are notifications."""


class Refusal(JsonRpcException):
    """Raised by a handler: an error answer with a code and a sentence."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence, code)


@dataclass(slots=True)
class Running:
    """A request whose answer is still to come."""

    method: str
    started: float
    note: str = ""
    task: asyncio.Future[Any] | None = None
    replacement: object = None
    superseded: bool = False


def strict_converter() -> cattrs.Converter:
    """pygls' converter, except that a number is no text and only a whole number is an integer (not "3" or true)."""
    converter: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]
    converter.register_structure_hook(int, _whole_number)
    converter.register_structure_hook(str, _text)
    # What clients say of a cell's execution is not always what LSP asks for; nobody here wants to know.
    converter.register_structure_hook(types.ExecutionSummary, lambda _value, _kind: None)
    return converter


def is_id(value: object) -> TypeGuard[MessageId]:
    """Whether a value can be the id of a request."""
    return isinstance(value, int | str) and not isinstance(value, bool)


def is_notification(method: str) -> bool:
    """Whether LSP, or we ourselves, know this method as a notification."""
    if method.startswith(OWN_NOTIFICATIONS):
        return True
    known = types.METHOD_TO_TYPES.get(method)
    return known is not None and known[1] is None


def params(converter: cattrs.Converter, method: str, raw: object) -> Any:
    """The typed parameters of a message. Raises `Refusal`."""
    known = types.METHOD_TO_TYPES.get(method)
    params_type: Any = known[2] if known is not None else None
    if params_type is None:
        return raw
    if not isinstance(raw, dict):
        if method == types.INITIALIZED and raw is None:
            return types.InitializedParams()
        raise Refusal(INVALID_PARAMS, f"{method}: expected an object of parameters.")
    try:
        return converter.structure(raw, params_type)
    except Exception as error:
        raise Refusal(INVALID_PARAMS, f"{method}: {_problem(error)}.") from None


def shown(text: str) -> str:
    """A client's word for a log or an answer: short and on one line."""
    return "".join(character if character.isprintable() else "?" for character in text[:120])


def log_failure(what: str, error: BaseException) -> None:
    """Where something failed. The message of an exception may hold document text: only at DEBUG."""
    if isinstance(error, JsonRpcException):
        log.warning("%s: %s", what, error.message)
        return
    place, trace = "", error.__traceback__
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
        trace = trace.tb_next
    log.error("%s failed: %s in %s", what, type(error).__name__, place)
    log.debug("%s", what, exc_info=error)


def _problem(error: Exception) -> str:
    """The first thing that is wrong with parameters, and where; holds none of their values."""
    if isinstance(error, cattrs.BaseValidationError):
        return shown(cattrs.transform_error(error)[0])
    return "the parameters are not valid"


# cattrs uses a hook for subclasses too: booleans and enumerations are made as they were before.


def _whole_number(value: Any, kind: Any) -> Any:
    if kind is not int:
        return kind(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError("expected a whole number")
    return int(value)


def _text(value: Any, kind: Any) -> Any:
    if kind is str and not isinstance(value, str):
        raise ValueError("expected a string")
    return kind(value)
