"""One question to the core, as handlers ask it: errors become a status, never an LSP error."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from completion.errors import CopilotError
from completion.types import CompletionRequest, EngineState, Mode, Suggestion, Trigger

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

log = logging.getLogger(__name__)


async def suggest(server: CopilotServer, request: CompletionRequest) -> Suggestion | None:
    """The suggestion for `request`; None where there is none, for whatever reason (the log line says it)."""
    msg_id = server.protocol.msg_id
    if not server.settings.enabled:
        server.protocol.annotate(msg_id, "switched off")
        return None
    if server.settings.pause_on_battery and request.trigger is Trigger.AUTOMATIC and server.power.on_battery:
        server.protocol.annotate(msg_id, "paused on battery")
        server.status.problem("Paused while on battery; ask for a suggestion by hand, or unset pause_on_battery.")
        return None
    if request.trigger is Trigger.INVOKED:
        server.engines.retry(server.settings)
    engine = await server.engines.current()
    if engine is None:
        server.protocol.annotate(msg_id, "no engine")
        return None
    # Imported already, with the engine.
    from completion import inline

    server.resting.wake()
    if request.trigger is Trigger.AUTOMATIC:
        server.memory.rhythm.key(time.monotonic())
    trace = inline.Trace()
    loaded = engine.status.state is EngineState.READY
    note = ""
    try:
        with server.status.request():
            suggestion = await inline.complete(
                request,
                backend=engine.backend,
                model=engine.model,
                memory=server.memory,
                settings=server.settings,
                trace=trace,
            )
    except CopilotError as error:
        note = type(error).__name__
        server.status.problem(str(error))
        return None
    except Exception as error:
        note = type(error).__name__
        log.error("a completion failed: %s", note)
        log.debug("a completion", exc_info=True)
        server.status.problem("A completion failed inside lsp-copilot; its log says more.")
        return None
    else:
        server.status.problem("")
        if loaded and trace.line_ms:
            server.easing.answered(engine, trace.line_ms)
        if suggestion is not None or trace.mode not in ("", Mode.NONE.value):
            server.resting.rest(engine, request, suggestion, server.settings)
        return suggestion
    finally:
        found = f"mode={trace.mode or '-'} source={trace.source or '-'}"
        if trace.engine_ms:
            found += f" before={trace.before_ms:.2f} engine={trace.engine_ms:.2f} after={trace.after_ms:.2f}"
        server.protocol.annotate(msg_id, " ".join(filter(None, (found, trace.reason and f"({trace.reason})", note))))
