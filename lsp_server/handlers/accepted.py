"""The command behind every suggestion: editors run it after the user has accepted one."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

log = logging.getLogger(__name__)

COMMAND = "lsp-copilot.accepted"


def register(server: CopilotServer) -> None:
    """Register the command."""
    server.command(COMMAND)(partial(_accepted, server))


def command(suggestion_id: str) -> types.Command:
    """The command to attach to a suggestion."""
    return types.Command(title="Suggestion accepted", command=COMMAND, arguments=[suggestion_id])


def _accepted(server: CopilotServer, _arguments: list[object]) -> None:
    server.accepted += 1
    log.debug("%d suggestions accepted", server.accepted)
