"""The command `lspCopilot.why`: what became of the last request, as figures and as markdown."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from lsp_server import rpc, why_text
from lsp_server.rpc import Refusal

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

COMMAND = "lspCopilot.why"


def register(server: CopilotServer) -> None:
    """Register the command."""
    server.command(COMMAND)(partial(_why, server))


def _why(server: CopilotServer, arguments: list[object]) -> dict[str, object]:
    """The first argument says which: 0 or nothing the last request, 1 the one before, and so on.

    `record` is null where there is none so far back; `markdown` says it then.
    """
    back = arguments[0] if arguments else 0
    if not isinstance(back, int) or isinstance(back, bool) or back < 0:
        raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: expected a whole number from 0: how many requests back.")
    records = server.why.newest()
    if back < len(records):
        return {"record": asdict(records[back]), "markdown": why_text.markdown(records[back])}
    known = f"Only the last {len(records)} requests are remembered." if records else why_text.NOTHING_YET
    return {"record": None, "markdown": known}
