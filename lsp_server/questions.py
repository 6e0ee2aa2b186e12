"""Requests that go to the client, and its answers to them."""

from __future__ import annotations

import itertools
import logging
from concurrent.futures import Future
from typing import Any

from lsp_server.rpc import INTERNAL_ERROR, MessageId, Refusal, is_id, shown

log = logging.getLogger(__name__)


class Questions:
    """What was asked and not answered yet. Our ids are our own: a client's request may carry the same one."""

    def __init__(self) -> None:
        self._asked: dict[MessageId, tuple[str, Future[Any]]] = {}
        self._ids = itertools.count(1)

    def ask(self, method: str, own_id: MessageId | None = None) -> tuple[MessageId, Future[Any]]:
        """An id for a request, and what will hold the plain JSON result or a `Refusal`."""
        own_id = own_id if own_id is not None else f"lsp-copilot-{next(self._ids)}"
        future: Future[Any] = Future()
        self._asked[own_id] = (method, future)
        return own_id, future

    def answered(self, message: dict[str, Any]) -> None:
        """The client's answer; one to nothing that was asked is ignored."""
        msg_id = message.get("id")
        known = self._asked.pop(msg_id, None) if is_id(msg_id) else None
        if known is None:
            log.debug("an answer to nothing that was asked")
            return
        method, future = known
        if not future.set_running_or_notify_cancel():
            return
        error = message.get("error")
        if error is not None:
            sentence = str(error.get("message", "")) if isinstance(error, dict) else ""
            future.set_exception(Refusal(INTERNAL_ERROR, f"{method}: {shown(sentence)}"))
        else:
            future.set_result(message.get("result"))
