"""What the server answers: one file a request, each with `register(server)`.

A handler reads all it needs before it returns; what it returns may be an awaitable for the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_server.handlers import (
    accepted,
    code_actions,
    completion,
    configuration,
    diagnostics,
    documents,
    files,
    inline_completion,
    lifecycle,
    notebooks,
    script,
    script_action,
    why,
)

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

__all__ = [
    "accepted",
    "code_actions",
    "completion",
    "configuration",
    "diagnostics",
    "documents",
    "files",
    "inline_completion",
    "lifecycle",
    "notebooks",
    "register",
    "script",
    "script_action",
    "why",
]


def register(server: CopilotServer) -> None:
    """Register all handlers."""
    for handler in (
        lifecycle,
        documents,
        notebooks,
        configuration,
        inline_completion,
        completion,
        diagnostics,
        files,
        accepted,
        why,
        script,
        script_action,
        code_actions,
    ):
        handler.register(server)
